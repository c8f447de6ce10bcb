/**
 * A real PostgreSQL from npm, run beside the server: the default of `./far up`, and what tests use. Loopback only, password generated,
 * durable. Works as root and wherever the clone lies; survives kill -9 of the supervisor, of itself, or of both.
 */
import type { ChildProcess } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { serviceAccount } from "./embedded/account.ts";
import { binariesFor } from "./embedded/binaries.ts";
import { clusterPassword, ensureCluster, SUPERUSER } from "./embedded/cluster.ts";
import { dataPlace } from "./embedded/place.ts";
import { boundLog, startPostmaster } from "./embedded/postmaster.ts";
import { clearStale, gone } from "./embedded/stale.ts";

export interface EmbeddedOptions {
  /** Where its state is kept: the password, the log, and the data if PostgreSQL's user can enter there (else `location` says where). */
  dir: string;
  /** 0 takes a free one. */
  port: number;
  /** Told when it starts, and when it ends unasked. */
  log?: (message: string) => void;
  /** Settings of postgresql.conf on top of ours. */
  settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** `postgres://…@127.0.0.1:port/far`, of a superuser. */
  url: string;
  pid: number;
  port: number;
  dataDir: string;
  /** Resolves when the process has ended, asked or not. */
  exited: Promise<void>;
  /** Fast shutdown: running transactions are rolled back, a checkpoint is written. Idempotent. */
  stop(): Promise<void>;
}

const DATABASE = "far";

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function ensureDatabase(url: string): Promise<void> {
  const sql = postgres(url.replace(/\/[^/]*$/, "/postgres"), {
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    const [row] = await sql`SELECT 1 FROM pg_database WHERE datname = ${DATABASE}`;
    if (row === undefined) await sql.unsafe(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await sql.end();
  }
}

function stopper(child: ChildProcess, pid: number, before: () => void): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    before();
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGINT");
    if (await gone(pid, 20_000)) return;
    child.kill("SIGQUIT");
    if (!(await gone(pid, 5_000))) child.kill("SIGKILL");
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

/**
 * Starts the cluster of `dir`, creating it at first. A postmaster that a killed run left behind is shut down first.
 * @throws Error naming the port when it is taken, or saying what to set when this machine cannot run it
 */
export async function startPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dir);
  const account = await serviceAccount();
  const bin = await binariesFor(account);
  const place = await dataPlace(dir, account);
  const password = await clusterPassword(dir);
  const data = await ensureCluster({ bin, place, account, password });
  await clearStale(data);
  const port = options.port === 0 ? await freePort() : options.port;
  const logFile = join(dir, "postgres.log");
  const child = await startPostmaster({ bin, data, logFile, port, account, settings: options.settings ?? {} });
  const pid = child.pid ?? 0;
  const unbound = boundLog(logFile);
  let asked = false;
  const exited = new Promise<void>((done) => {
    child.once("exit", (code, signal) => {
      unbound();
      if (!asked)
        options.log?.(`PostgreSQL (pid ${pid}) ended: ${signal ?? `exit code ${code}`}; its log is ${logFile}`);
      done();
    });
  });
  child.unref();
  const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;
  const stop = stopper(child, pid, () => {
    asked = true;
  });
  try {
    await ensureDatabase(url);
  } catch (error) {
    await stop();
    throw error;
  }
  options.log?.(`PostgreSQL is ready on 127.0.0.1:${port} (pid ${pid})`);
  return { url, pid, port, dataDir: data, exited, stop };
}

/** Stops whatever still runs on the cluster of `dir` and deletes it with all its data, wherever that lies. */
export async function discardPostgres(dir: string): Promise<void> {
  const place = await readFile(join(dir, "location"), "utf8").then(
    (text) => text.trim(),
    () => "",
  );
  if (place !== "") {
    await clearStale(join(place, "data"));
    await rm(place, { recursive: true, force: true });
  }
  await rm(dir, { recursive: true, force: true });
}
