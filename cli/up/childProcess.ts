import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "../credentials/privateFile.ts";
import { end, identify, isRunning, type ProcessIdentity, readIdentity } from "./processIdentity.ts";

export interface ChildOptions {
  /** Names its note and its log. */
  name: string;
  stateDir: string;
  cwd: string;
  /** A script and its arguments, run with the Node that runs us. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  logFd: number;
  /** How long an orderly end may take before it is asked for again, ms; default 10 000. */
  patienceMs?: number;
}
export interface Child {
  pid: number;
  /** How it ended, in words. Never rejects. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

/** An agent drains longer than that only when nobody waits for it. */
const PATIENCE_MS = 10_000;
/** Asked a second time, a part ends at once. */
const SECOND_MS = 5_000;

const notePath = (stateDir: string, name: string): string => join(stateDir, "run", `${name}.json`);

/** Starts a child in a process group of its own, so that Ctrl-C reaches only us and the end goes in order. */
export function startChild(options: ChildOptions): Child {
  const { name, stateDir, cwd, args, env, logFd, patienceMs = PATIENCE_MS } = options;
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ["ignore", logFd, logFd],
  });
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const who = child.pid === undefined ? null : identify(child.pid);
  if (who !== null) writePrivateFile(notePath(stateDir, name), `${JSON.stringify(who)}\n`);
  return {
    pid: child.pid ?? 0,
    exited,
    stop: async () => {
      if (who !== null) await end(who, { signal: "SIGTERM", firstMs: patienceMs, secondMs: SECOND_MS });
      await exited;
      rmSync(notePath(stateDir, name), { force: true });
    },
  };
}

/** Notes a process that another part of the house started, so that it is found after a crash. */
export function noteProcess(stateDir: string, at: { name: string; pid: number }): void {
  const who = identify(at.pid);
  if (who !== null) writePrivateFile(notePath(stateDir, at.name), `${JSON.stringify(who)}\n`);
}

/** The noted process, if that very one still runs. */
export function notedProcess(stateDir: string, name: string): ProcessIdentity | null {
  const who = readIdentity(notePath(stateDir, name));
  return who !== null && isRunning(who) ? who : null;
}

/** Ends what an earlier run, killed before it could clean up, left behind. @returns whether there was something */
export async function endOrphan(stateDir: string, name: string): Promise<boolean> {
  const who = notedProcess(stateDir, name);
  // To PostgreSQL SIGTERM means to wait for its clients, SIGINT to end them.
  const signal = name === "database" ? "SIGINT" : "SIGTERM";
  if (who !== null) await end(who, { signal, firstMs: 5_000, secondMs: 3_000 });
  rmSync(notePath(stateDir, name), { force: true });
  return who !== null;
}
