import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "../child.ts";
import type { AgentsJob } from "../programs/agents.ts";
import { type Books, openBooks } from "./books.ts";
import type { Contender } from "./contender.ts";
import { openDatabase } from "./database.ts";
import { freePorts } from "./ports.ts";

/** This network, with what only it can answer: whether the books agree with the answers that were seen. */
export interface Network extends Contender {
  facts: Record<string, string | number>;
  books: Books;
}

interface NetworkFile {
  api: string;
  apiKey: string;
  nodeToken: string;
  adminToken: string;
}

const ROOT = resolve(import.meta.dirname, "../..");
const AGENTS = resolve(import.meta.dirname, "../programs/agents.ts");
const READY_MS_MAX = 120_000;
const SLOTS_EACH = 4;
/** The contract's caps let half a day's share of the escrow wait for settlement; a bench spends faster than anybody. */
const DEPOSIT_FAR = 800;

/** Limits that are about one account's fair share, which is here the whole load. Nothing else differs from `far up`. */
const ENVIRONMENT = {
  ACCOUNT_RATE_PER_MIN: "100000000",
  ACCOUNT_CONCURRENCY_MAX: "100000",
  RATE_IP_PER_MIN: "0",
  LOG_LEVEL: "warn",
};

const cli = (state: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(ROOT, "cli/main.ts"), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...ENVIRONMENT, FAR_STATE: state },
    stdio: ["ignore", "ignore", "pipe"],
  });

/** Collects the end of what a process complains about. */
function complaints(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    text = (text + part).slice(-4_000);
  });
  return () => text.trim();
}

const exitOf = (child: ChildProcess): Promise<number | null> => new Promise((done) => child.once("exit", done));

async function untilReady(up: ChildProcess, state: string, complaint: () => string): Promise<NetworkFile> {
  const path = join(state, "network.json");
  for (const untilMs = performance.now() + READY_MS_MAX; performance.now() < untilMs; await sleep(100)) {
    if (up.exitCode !== null) throw new Error(`far up ended with ${up.exitCode}: ${complaint()}`);
    if (!existsSync(path)) continue;
    const file = JSON.parse(readFileSync(path, "utf8")) as NetworkFile;
    const ready = await fetch(`${file.api}/ready`).catch(() => null);
    await ready?.body?.cancel();
    if (ready?.ok === true) return file;
  }
  throw new Error(`far up was not ready within ${READY_MS_MAX / 1_000} s: ${complaint()}`);
}

async function deposit(state: string): Promise<void> {
  const child = cli(state, "deposit", String(DEPOSIT_FAR));
  const complaint = complaints(child);
  const code = await exitOf(child);
  if (code !== 0) throw new Error(`far deposit ended with ${code}: ${complaint()}`);
}

/** `far up` on ports and state of its own, a funded account, and simulated agents in a process of their own. */
export async function startNetwork(options: { agents: number; say(line: string): void }): Promise<Network> {
  const { agents, say } = options;
  say("Starting this network: PostgreSQL, chain, contracts, server …");
  const state = mkdtempSync(join(tmpdir(), "far-bench-"));
  // PostgreSQL's own user has to enter; the secrets in it are files of ours alone.
  chmodSync(state, 0o755);
  const [api, realtime, chain] = await freePorts(3);
  const up = cli(state, "up", "--port", `${api}`, "--realtime-port", `${realtime}`, "--chain-port", `${chain}`);
  const complaint = complaints(up);
  const gone = exitOf(up);
  const stops: (() => Promise<void>)[] = [
    async () => {
      up.kill("SIGINT");
      await gone;
      rmSync(state, { recursive: true, force: true });
    },
  ];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const file = await untilReady(up, state, complaint);
    await deposit(state);
    const database = await openDatabase(state);
    stops.push(database.close);
    say(`Connecting ${agents} simulated agents …`);
    const job: AgentsJob = {
      url: file.api.replace(/^http/, "ws"),
      joinToken: file.nodeToken,
      agents,
      slotsEach: SLOTS_EACH,
    };
    stops.push((await startChild(AGENTS, { args: [JSON.stringify(job)] })).stop);
    return {
      name: "network",
      label: "this network",
      port: Number(new URL(file.api).port),
      pid: up.pid ?? 0,
      headers: { authorization: `Bearer ${file.apiKey}` },
      facts: { agents, slots: agents * SLOTS_EACH, ...(await database.settings()) },
      books: openBooks({ ...file, walFsyncs: database.walFsyncs }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
