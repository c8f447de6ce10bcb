import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "./account.ts";
import { postmasterFile } from "./stale.ts";

/** Durability is not for sale: whatever a caller tunes, an acknowledged commit has reached the disk. */
const durable = { fsync: "on", synchronous_commit: "on", full_page_writes: "on" };

const defaults = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "120",
  shared_buffers: "128MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  jit: "off",
  log_min_messages: "error",
  log_checkpoints: "off",
  log_timezone: "UTC",
  timezone: "UTC",
};

/** A log that grows is cut: errors can be caused from outside. */
const LOG_BYTES_MAX = 16 << 20;
const READY_MS_MAX = 60_000;

export interface Launch {
  bin: string;
  data: string;
  logFile: string;
  port: number;
  account: Account | null;
  settings: Readonly<Record<string, string>>;
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    (s) => s.size,
    () => 0,
  );

/** What this attempt logged, its last lines. */
const tail = async (file: string, fromByte: number): Promise<string> => {
  const log = await readFile(file).catch(() => Buffer.alloc(0));
  return log.subarray(fromByte).toString("utf8").trimEnd().split("\n").slice(-5).join("\n");
};

async function launch(options: Launch): Promise<ChildProcess> {
  const settings = { ...defaults, ...options.settings, ...durable, port: String(options.port) };
  const args = ["-D", options.data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const log = await open(options.logFile, "a");
  try {
    // A process group of its own: Ctrl-C in a terminal reaches us first, and we stop it last.
    return spawn(join(options.bin, "postgres"), args, {
      cwd: options.data,
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" },
      ...(options.account ?? {}),
    });
  } finally {
    await log.close();
  }
}

async function whenReady(child: ChildProcess, options: Launch): Promise<boolean> {
  const until = performance.now() + READY_MS_MAX;
  while (performance.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const file = await postmasterFile(options.data);
    if (file?.ready && file.pid === child.pid) return true;
    await sleep(10);
  }
  child.kill("SIGQUIT");
  return false;
}

/**
 * Starts a postmaster and returns once it accepts connections. After a kill -9 its orphans may hold the shared memory for a moment;
 * that one failure is waited out.
 * @throws Error with the last lines of its log
 */
export async function startPostmaster(options: Launch): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt++) {
    const logBytesBefore = await sizeOf(options.logFile);
    const child = await launch(options);
    const failure = new Promise<Error>((resolve) => child.once("error", resolve));
    const ready = await Promise.race([whenReady(child, options), failure]);
    if (ready === true) return child;
    const log = await tail(options.logFile, logBytesBefore);
    if (attempt < 20 && /shared memory block|is still in use/.test(log)) {
      await sleep(500);
      continue;
    }
    throw new Error(
      `PostgreSQL did not start on port ${options.port}:\n${ready instanceof Error ? ready.message : log}`,
    );
  }
}

/** Cuts the log whenever it has outgrown its bound; returns how to stop watching. */
export function boundLog(logFile: string): () => void {
  const timer = setInterval(async () => {
    if ((await sizeOf(logFile)) > LOG_BYTES_MAX) await truncate(logFile).catch(() => {});
  }, 30_000);
  timer.unref();
  return () => clearInterval(timer);
}
