import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** `postmaster.pid`: pid, data folder, start time, port, socket folder, address, memory key, status. */
export async function postmasterFile(dataDir: string): Promise<{ pid: number; ready: boolean } | null> {
  const text = await readFile(join(dataDir, "postmaster.pid"), "utf8").catch(() => null);
  if (text === null) return null;
  const lines = text.split("\n");
  return { pid: Number(lines[0]), ready: lines[7]?.trim() === "ready" };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether the process is a postmaster of this very data folder, and not a later process that got the same number. */
function isOurs(pid: number, dataDir: string): boolean {
  try {
    return execFileSync("ps", ["-ww", "-p", String(pid), "-o", "args="], { encoding: "utf8" }).includes(dataDir);
  } catch {
    return false;
  }
}

async function commandLine(pid: number): Promise<string | null> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
}

/** Waits for a process to end, at most `timeoutMs`. */
export async function gone(pid: number, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    if (!isAlive(pid)) return true;
    await sleep(20);
  }
  return !isAlive(pid);
}

/**
 * Clears what a killed run left: a postmaster still running is shut down (its supervisor is gone and its port unknown to the new one),
 * and a pid file whose number now belongs to another program is removed. PostgreSQL recovers the data itself.
 */
export async function clearStale(dataDir: string): Promise<void> {
  const file = await postmasterFile(dataDir);
  if (file === null || !Number.isInteger(file.pid) || file.pid <= 0) return;
  if (isAlive(file.pid)) {
    const line = await commandLine(file.pid);
    const ours = line === null ? isOurs(file.pid, dataDir) : line.includes(dataDir);
    if (ours) {
      process.kill(file.pid, "SIGINT");
      if (!(await gone(file.pid, 15_000))) {
        process.kill(file.pid, "SIGQUIT");
        await gone(file.pid, 5_000);
      }
      return;
    }
  }
  await rm(join(dataDir, "postmaster.pid"), { force: true });
}
