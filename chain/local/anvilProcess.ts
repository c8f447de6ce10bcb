import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ChainError } from "../errors.ts";

/** A running anvil. */
export type AnvilProcess = {
  readonly rpcUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the process is gone, for whatever reason. */
  readonly exited: Promise<AnvilExit>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
};

/** How anvil ended, with the end of what it wrote to stderr. */
export type AnvilExit = { readonly code: number | null; readonly signal: string | null; readonly stderrTail: string };

export type SpawnOptions = {
  /** 0 takes a free one. */
  readonly port: number;
  readonly chainId: number;
  /** Uncompressed state to start from. */
  readonly loadFile: string | undefined;
  /** Where anvil may put temporary files; also marks the process as ours. */
  readonly cacheDirectory: string;
  /** Blocks whose transactions stay readable. */
  readonly keepBlocks: number;
};

const require = createRequire(import.meta.url);
const readyTimeoutMs = 30_000;
const stderrTailCharsMax = 2_000;

/** The native program itself: the npm wrapper would be one more process between us and the signals. */
function anvilBinary(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const wrapper = createRequire(require.resolve("@foundry-rs/anvil/package.json"));
  const manifest = wrapper.resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/package.json`);
  return join(dirname(manifest), "bin", "anvil");
}

function anvilArguments(options: SpawnOptions, port: number): string[] {
  const args = ["--host", "127.0.0.1", "--port", `${port}`, "--chain-id", `${options.chainId}`];
  // No accounts: the well-known test mnemonic opens nothing here. No CORS: web pages reach the chain through the server.
  args.push("--quiet", "--accounts", "0", "--no-cors", "--no-request-size-limit", "--enable-tx-gas-limit");
  // States of old blocks are not asked for; transactions and logs are, for a while.
  args.push("--prune-history", "64", "--transaction-block-keeper", `${options.keepBlocks}`);
  args.push("--cache-path", options.cacheDirectory);
  if (options.loadFile !== undefined) args.push("--load-state", options.loadFile);
  return args;
}

/** On Linux the kernel ends anvil together with us, however we end. */
function withParentDeathSignal(binary: string, args: string[]): [string, string[]] {
  const setpriv = "/usr/bin/setpriv";
  return existsSync(setpriv) ? [setpriv, ["--pdeathsig", "KILL", "--", binary, ...args]] : [binary, args];
}

/** Claims a port for a moment. @throws ChainError `chain_local_failed` naming a port that is taken */
function probePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) => {
      reject(new ChainError("chain_local_failed", `Port ${port} on 127.0.0.1 is taken.`, { cause }));
    });
    server.listen({ host: "127.0.0.1", port }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}

function watchExit(child: ChildProcess): Promise<AnvilExit> {
  let stderrTail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderrTail = (stderrTail + text).slice(-stderrTailCharsMax);
  });
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, stderrTail: error.message }));
    child.once("close", (code, signal) => resolve({ code, signal, stderrTail }));
  });
}

async function answers(rpcUrl: string): Promise<boolean> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}';
  const headers = { "content-type": "application/json" };
  try {
    const response = await fetch(rpcUrl, { method: "POST", headers, body, signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Starts anvil on loopback and waits until it answers.
 * @throws ChainError `chain_local_failed` when the port is taken, the program is missing, or it does not come up in 30 s.
 */
export async function spawnAnvil(options: SpawnOptions): Promise<AnvilProcess> {
  const port = await probePort(options.port);
  const rpcUrl = `http://127.0.0.1:${port}`;
  const [program, args] = withParentDeathSignal(anvilBinary(), anvilArguments(options, port));
  // A process group of its own: Ctrl-C in a terminal reaches only us, and we save before we end it.
  const child = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const exited = watchExit(child);
  const ended = exited.then((exit) => {
    throw new ChainError("chain_local_failed", `anvil did not start: ${exit.stderrTail.trim() || `exit ${exit.code}`}`);
  });
  const ready = (async () => {
    for (const deadlineMs = Date.now() + readyTimeoutMs; Date.now() < deadlineMs; await sleep(20)) {
      if (await answers(rpcUrl)) return;
    }
    child.kill("SIGKILL");
    throw new ChainError("chain_local_failed", "anvil does not answer.");
  })();
  await Promise.race([ready, ended]);
  ended.catch(() => {});
  if (child.pid === undefined) throw new ChainError("chain_local_failed", "anvil has no process id.");
  return { rpcUrl, port, pid: child.pid, exited, kill: (signal) => child.kill(signal) };
}
