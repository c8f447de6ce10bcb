import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readJsonFile } from "../credentials/privateFile.ts";

/** A process for certain: the number alone may belong to somebody else after a while. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot when it started, field 22 of /proc/PID/stat. */
  startTicks: string;
  /** Another boot makes all numbers and ticks worthless. */
  bootId: string;
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not looked yet.
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Who `pid` is now, or null when nobody has the number. */
export function identify(pid: number): ProcessIdentity | null {
  const ticks = startTicks(pid);
  return ticks === null ? null : { pid, startTicks: ticks, bootId: bootId() };
}

/** Whether that very process still runs. */
export function isRunning({ pid, startTicks: ticks, bootId: boot }: ProcessIdentity): boolean {
  return startTicks(pid) === ticks && bootId() === boot;
}

/** Reads a noted identity, or null. */
export function readIdentity(path: string): ProcessIdentity | null {
  const noted = readJsonFile(path);
  return noted === null || typeof noted.pid !== "number" ? null : (noted as unknown as ProcessIdentity);
}

/** Waits for a process to end. @returns whether it did in time */
export async function ended(who: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (const untilMs = performance.now() + timeoutMs; performance.now() < untilMs; await sleep(20)) {
    if (!isRunning(who)) return true;
  }
  return !isRunning(who);
}

/** Ends a process: asks, asks again (which to an agent means: at once), then kills. */
export async function end(
  who: ProcessIdentity,
  how: { signal: "SIGTERM" | "SIGINT"; firstMs: number; secondMs: number },
): Promise<void> {
  for (const [signal, waitMs] of [
    [how.signal, how.firstMs],
    [how.signal, how.secondMs],
    ["SIGKILL", 5_000],
  ] as const) {
    if (!isRunning(who)) return;
    try {
      process.kill(who.pid, signal);
    } catch {
      return;
    }
    if (await ended(who, waitMs)) return;
  }
}
