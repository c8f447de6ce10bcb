import { readdirSync, readFileSync } from "node:fs";

/** The kernel counts processor time in hundredths of a second, whatever its own clock. */
const TICKS_PER_S = 100;

interface Stat {
  pid: number;
  parent: number;
  /** User and system time of the process itself. */
  ticks: number;
}

/** `pid (name) state ppid …`; the name may hold anything, so fields count from its closing bracket. */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    ticks: Number(fields[11]) + Number(fields[12]),
  };
}

function readStat(pid: string): Stat[] {
  try {
    return [parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"))];
  } catch {
    return [];
  }
}

/**
 * Processor time that a process and all that descend from it have used, ms. A machine that is busy with something else changes rates
 * and latencies, but hardly this. 0 where there is no `/proc`.
 */
export function cpuMsOfTree(rootPid: number): number {
  let all: Stat[] = [];
  try {
    all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(readStat);
  } catch {
    return 0;
  }
  const tree = new Set([rootPid]);
  // A child can have a smaller id than its parent, so this goes on until nothing is added.
  for (let before = 0; before !== tree.size; ) {
    before = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  const ticks = all.filter((s) => tree.has(s.pid)).reduce((sum, s) => sum + s.ticks, 0);
  return (ticks * 1_000) / TICKS_PER_S;
}
