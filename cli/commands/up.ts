import { mkdirSync, rmSync } from "node:fs";
import { type Context, defineCommand } from "../args/command.ts";
import type { CliConfig } from "../config.ts";
import { readNetworkFile } from "../credentials/networkFile.ts";
import { CliError } from "../errors.ts";
import { formatMs } from "../format/time.ts";
import { endOrphans } from "../up/endOrphans.ts";
import { ephemeralState, sweepEphemeral } from "../up/ephemeral.ts";
import { acquireLock } from "../up/instanceLock.ts";
import { startNetwork } from "../up/network.ts";
import { checkPorts, choosePorts } from "../up/ports.ts";
import { createProgress, type Progress } from "../up/progress.ts";
import { readyText } from "../up/readyText.ts";

interface Stop {
  name: string;
  run(): Promise<void>;
}

function alreadyRuns(stateDir: string, pid: number): CliError {
  const file = readNetworkFile(stateDir);
  const where =
    file === null ? "it is still starting" : `API ${file.api}, realtime ${file.realtime}, chain ${file.rpc}`;
  return new CliError("conflict", "already_running", {
    message: `The network of ${stateDir} already runs (process ${pid}): ${where}.`,
    hint: "far status shows it, far down stops it; FAR_STATE=DIR far up --port N runs another.",
  });
}

/** Runs what was registered, the last first; one that fails does not keep the others. */
async function unwind(stops: readonly Stop[], progress: Progress): Promise<void> {
  for (const { name, run } of stops.toReversed()) {
    const startMs = performance.now();
    const failure = await run().then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const took = performance.now() - startMs;
    if (failure !== null) progress.note(`${name} did not stop in order: ${failure}`);
    else if (took > 5) progress.note(`stopped ${name} (${formatMs(took)})`);
  }
}

function refuseWhatIsNotHere(config: CliConfig, options: { cluster: boolean | undefined }): void {
  if (options.cluster === true) {
    throw new CliError("usage", "not_here", {
      message: "--cluster is not part of this release: the network runs as one server process.",
      hint: "Run far up without it.",
    });
  }
  if (!config.isProduction) return;
  throw new CliError("usage", "production", {
    message: "far up makes development keys, and NODE_ENV is production.",
    hint: "Unset NODE_ENV for a local network; a deployment runs server/main.ts with its own secrets.",
  });
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    // A signal alone does not keep a process alive; this timer does.
    const alive = setInterval(() => undefined, 60_000);
    const wake = (): void => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) wake();
    else signal.addEventListener("abort", wake, { once: true });
  });

async function runNetwork(
  context: Context,
  at: { stateDir: string; isEphemeral: boolean; ports: ReturnType<typeof choosePorts> },
): Promise<number> {
  const { config, terminal, isJson, signal } = context;
  const { stateDir, isEphemeral, ports } = at;
  const progress = createProgress(terminal, signal);
  const stops: Stop[] = [];
  const startMs = performance.now();
  try {
    const onStop = (name: string, run: () => Promise<void>): void => void stops.push({ name, run });
    const file = await startNetwork({ config, stateDir, isEphemeral, ports, progress, signal, onStop });
    const isLocalChain = config.rpcUrl === undefined;
    if (isJson) terminal.out(JSON.stringify(file));
    else {
      for (const line of readyText(file, { style: terminal.style, isLocalChain, stateDir, isEphemeral }))
        terminal.out(line);
      terminal.note(terminal.noteStyle.dim(`Ready after ${formatMs(performance.now() - startMs)}.`));
    }
    await untilAborted(signal);
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    return 130;
  } finally {
    if (signal.aborted && stops.length > 0) progress.note("stopping …");
    await unwind(stops, progress);
  }
}

export const up = defineCommand({
  usage: "[--port N] [--ephemeral]",
  description:
    "Starts a whole network on this machine, on loopback only: PostgreSQL, a local chain with the contracts, the server, and a node that serves the demo model; makes a demo account with a funded wallet, a deposit and an API key. State lies in .far/ and survives restarts. A part that dies is started again. DATABASE_URL and BSC_RPC_URL replace the embedded database and chain.",
  options: {
    port: { type: "string", value: "N", help: "port of the API (default 8080); the other ports move along" },
    "realtime-port": { type: "string", value: "N", help: "port of the realtime edge (default 3001)" },
    "chain-port": { type: "string", value: "N", help: "port of the local chain (default 8545)" },
    ephemeral: { type: "boolean", help: "state in a temporary folder, removed at the end" },
    "no-web": { type: "boolean", help: "no web; this release has none, so it changes nothing" },
    cluster: { type: "boolean", help: "several server processes; not part of this release" },
  },
  positionals: { min: 0, max: 0 },
  examples: ["far up", "far up --port 9080", "far up --ephemeral --json > network.json"],
  run: async (context, { options }) => {
    const { config } = context;
    refuseWhatIsNotHere(config, { cluster: options.cluster });
    const isEphemeral = options.ephemeral === true;
    const ports = choosePorts(options);
    if (isEphemeral) await sweepEphemeral();
    const stateDir = isEphemeral ? ephemeralState() : config.stateDir;
    mkdirSync(stateDir, { recursive: true });
    const lock = acquireLock(stateDir);
    if ("heldBy" in lock) throw alreadyRuns(stateDir, lock.heldBy.pid);
    try {
      const left = await endOrphans(stateDir);
      if (left.length > 0) context.terminal.note(`Ended what a killed run had left: ${left.join(", ")}.`);
      await checkPorts(ports, config.rpcUrl === undefined ? ["api", "realtime", "chain"] : ["api", "realtime"]);
      return await runNetwork(context, { stateDir, isEphemeral, ports });
    } finally {
      lock.release();
      if (isEphemeral) rmSync(stateDir, { recursive: true, force: true });
    }
  },
});
