import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChainSettings } from "../../config.ts";
import type { Secrets } from "../../credentials/secrets.ts";
import { CliError } from "../../errors.ts";
import { type Child, startChild } from "../childProcess.ts";
import { openLog } from "../logFile.ts";
import type { Ports } from "../ports.ts";
import { type Supervised, supervise } from "../supervise.ts";

/** Private keys that a server holds. */
export interface ServerKeys {
  oracle: string;
  signer: string;
  slasher: string;
}

export interface ServerOptions {
  root: string;
  stateDir: string;
  inherited: Readonly<Record<string, string | undefined>>;
  ports: Ports;
  secrets: Secrets;
  databaseUrl: string;
  chain: ChainSettings & { keys: ServerKeys; savedFile: string | null };
  onNote(line: string): void;
}

const READY_MS_MAX = 45_000;

/** Running tasks have 10 s, then their ends are committed: a second signal before that would leave them open. */
const STOP_MS = 20_000;

/** Settings that the network decides; whatever else the environment holds for the server goes through. */
function environment(options: ServerOptions): Record<string, string | undefined> {
  const { ports, secrets, chain } = options;
  const isLocalChain = chain.savedFile !== null;
  return {
    // An epoch a minute, quick looks at a chain that costs nothing to ask, and what a killed chain lost is sent again at once.
    ...(isLocalChain
      ? {
          SETTLEMENT_EPOCH_INTERVAL_S: "60",
          SETTLEMENT_RESEND_S: "5",
          EPOCH_FILES_DIR: join(options.stateDir, "epochs"),
          CHAIN_POLL_MS: "500",
          CHAIN_CONFIRMATIONS: "1",
          // Stakers' revenue comes with each minute's epoch, and an hour of it is a history.
          STAKING_PULL_INTERVAL_S: "60",
          STAKING_PULL_GAS_TIMES: "0",
          STAKING_APY_SPAN_S_MIN: "3600",
        }
      : {}),
    ...options.inherited,
    ...{ SERVICE_NAME: "all", HOST: "127.0.0.1", PORT: String(ports.api), REALTIME_PORT: String(ports.realtime) },
    ...{ DATABASE_URL: options.databaseUrl, JWT_SECRET: secrets.jwtSecret, ADMIN_TOKEN: secrets.adminToken },
    ...{ BSC_RPC_URL: chain.rpcUrl, CHAIN_ID: String(chain.chainId) },
    ORACLE_PRIVATE_KEY: chain.keys.oracle,
    SIGNER_PRIVATE_KEY: chain.keys.signer,
    SLASHER_PRIVATE_KEY: chain.keys.slasher,
    FAR_TOKEN_ADDRESS: chain.contracts.farToken,
    INFERENCE_PAYMENT_ADDRESS: chain.contracts.inferencePayment,
    PRICE_FEED_ADDRESS: chain.contracts.priceFeed,
    NODE_REGISTRY_ADDRESS: chain.contracts.nodeRegistry,
    STAKING_ADDRESS: chain.contracts.staking,
    CHAIN_SAVED_FILE: chain.savedFile ?? undefined,
    LOCAL_NETWORK: "1",
  };
}

const lastLines = (path: string): string => readFileSync(path, "utf8").trimEnd().split("\n").slice(-8).join("\n");

/** Waits until `/ready` says so. @throws CliError `server_not_ready` when it ends before, or takes too long */
async function untilReady(child: Child, at: { api: string; logPath: string }): Promise<void> {
  let how: string | null = null;
  void child.exited.then((reason) => {
    how = reason;
  });
  for (const untilMs = performance.now() + READY_MS_MAX; performance.now() < untilMs && how === null; await sleep(50)) {
    const ready = await fetch(`${at.api}/ready`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await ready?.body?.cancel();
    if (ready?.ok === true) return;
  }
  await child.stop();
  const what = how === null ? `is not ready after ${READY_MS_MAX / 1_000} s` : `ended (${how})`;
  throw new CliError("failed", "server_not_ready", {
    message: `The server ${what}. Its log (${at.logPath}) ends with:\n${lastLines(at.logPath)}`,
  });
}

/** MiB. A task lives some 50 ms; with the default of 16 many thousands a second outlive it into the old space, whose collection is dear. */
const YOUNG_SPACE = "--max-semi-space-size=32";

/** The server in a process of its own; its JSON lines go to `logs/server.log`. */
export async function startServer(options: ServerOptions): Promise<Supervised> {
  const { root, stateDir, ports, onNote } = options;
  const logPath = join(stateDir, "logs", "server.log");
  const log = openLog(logPath);
  const env = environment(options);
  const part = await supervise({
    name: "server",
    onNote,
    start: async () => {
      const args = ["--disable-warning=ExperimentalWarning", YOUNG_SPACE, join(root, "server/main.ts")];
      const logFd = log.fd;
      const child = startChild({ name: "server", stateDir, cwd: root, args, env, logFd, patienceMs: STOP_MS });
      await untilReady(child, { api: `http://127.0.0.1:${ports.api}`, logPath });
      return child;
    },
  });
  return {
    current: part.current,
    stop: async () => {
      await part.stop();
      log.close();
    },
  };
}
