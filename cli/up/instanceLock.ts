import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, isRunning, type ProcessIdentity, readIdentity } from "./processIdentity.ts";

export const lockPath = (stateDir: string): string => join(stateDir, "up.json");

/** The `far up` that runs on this state, or null. */
export function runningInstance(stateDir: string): ProcessIdentity | null {
  const noted = readIdentity(lockPath(stateDir));
  return noted !== null && isRunning(noted) ? noted : null;
}

/** Puts the file in place unless one is there; whole, because a link appears at once. */
function claim(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Takes a dead instance's note away, unless somebody was faster and it is a living one by now. */
function clearStale(path: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readIdentity(aside);
  if (moved !== null && isRunning(moved)) claim(path, readFileSync(aside, "utf8"));
  rmSync(aside, { force: true });
}

/**
 * Makes this process the one that runs the state.
 * @returns how to give it back, or the process that has it
 */
export function acquireLock(stateDir: string): { release(): void } | { heldBy: ProcessIdentity } {
  mkdirSync(stateDir, { recursive: true });
  const path = lockPath(stateDir);
  const self = identify(process.pid);
  if (self === null) throw new Error("this process has no entry in /proc");
  for (;;) {
    if (claim(path, `${JSON.stringify(self)}\n`)) return { release: () => rmSync(path, { force: true }) };
    const holder = runningInstance(stateDir);
    if (holder !== null) return { heldBy: holder };
    clearStale(path);
  }
}
