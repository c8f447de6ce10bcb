import type { Llama } from "node-llama-cpp";
import { keepHours } from "./availability/keepHours.ts";
import { capPower } from "./availability/powerCap.ts";
import { parseWorkingHours } from "./availability/workingHours.ts";
import type { Engine } from "./engines/engine.ts";
import { findLocalEngines } from "./engines/findLocalEngines.ts";
import type { GpuChoice } from "./engines/llama/loadLlama.ts";
import { createOpenAiEngine } from "./engines/openai.ts";
import { AgentError } from "./errors.ts";
import { connectNode, type NodeLink } from "./link/connectNode.ts";
import { createLog, type Log } from "./log.ts";
import { readMachine } from "./machine/readMachine.ts";
import { createTelemetry } from "./machine/telemetry.ts";
import { loadNodeKey } from "./nodeKey.ts";
import { engineBase, nodelinkUrl } from "./urls.ts";

export interface AgentOptions {
  /** `http(s)://` or `ws(s)://` address of the network; plain only to loopback. */
  network: string;
  /** Join token. */
  token: string;
  /** State folder, made if missing: holds the node key (mode 0600). */
  dir: string;
  /** OpenAI-compatible servers, each by its base (`…/v1`); with neither these nor models: those found on this machine's usual ports. */
  engines?: { url: string; key?: string | undefined }[] | undefined;
  /** GGUF files to run in this process. */
  models?: { path: string; id?: string | undefined }[] | undefined;
  /** Server's model name → network's id; when given, only these models of the servers are offered. */
  modelIds?: Record<string, string> | undefined;
  /** Requests at once, for each server and each model file, default 4. */
  slots?: number | undefined;
  /** Context length, tokens; default: what the model or server says. */
  contextTokens?: number | undefined;
  /** CPU threads of model files, default one fewer than cores. */
  threads?: number | undefined;
  /** A GPU build of llama.cpp, if one is installed; default the CPU build. */
  gpu?: GpuChoice | undefined;
  /** Wallet that earns; default: the wallet of the account that made the token. */
  ownerWallet?: `0x${string}` | undefined;
  country?: string | undefined;
  region?: string | undefined;
  bandwidthMbps?: number | undefined;
  /** When to work, each `[DAY[-DAY] ]HH:MM-HH:MM`; default always. */
  hours?: readonly string[] | undefined;
  /** IANA zone of the hours, default the machine's. */
  timeZone?: string | undefined;
  /** Most each GPU may draw, watts; set by the driver while the agent runs. */
  powerCapW?: number | undefined;
  /** Plain http to a server on a private address. */
  allowPlainEngine?: boolean | undefined;
  /** Default: JSON lines on stderr. */
  log?: Log | undefined;
}

export interface Agent extends Omit<NodeLink, "close"> {
  /** The node key's address. */
  readonly nodeKey: `0x${string}`;
  /** Refuses new work, lets running work end for at most `timeoutMs`, then stops. */
  drain(timeoutMs: number): Promise<void>;
  /** Stops at once: running work is aborted, model memory is freed. */
  stop(): Promise<void>;
}

/** @throws AgentError `no_engine` when there is nothing to serve. */
async function enginesWanted(options: AgentOptions, log: Log): Promise<NonNullable<AgentOptions["engines"]>> {
  const { engines = [], models = [], network } = options;
  if (engines.length + models.length > 0) return engines;
  const found = await findLocalEngines({ network });
  if (found.length === 0)
    throw new AgentError(
      "no_engine",
      "nothing to serve: no OpenAI-compatible server answers on this machine's usual ports; give --engine URL, or --model FILE.gguf",
    );
  log("info", "serving what runs on this machine", { engines: found });
  return found.map((url) => ({ url }));
}

function openEngines(wanted: NonNullable<AgentOptions["engines"]>, options: AgentOptions, log: Log): Engine[] {
  const servers = wanted.map(({ url, key }) => ({
    ...engineBase(url, options.allowPlainEngine ?? false),
    key,
  }));
  return servers.map(({ base, plain, key }) => {
    if (plain) log("warn", "prompts reach this engine unencrypted", { engine: new URL(base).host });
    const { modelIds, slots, contextTokens } = options;
    return createOpenAiEngine({ base, key, log, modelIds, slots, contextTokens });
  });
}

/**
 * Starts everything a GPU owner runs: engines, then the link. Resolves once the engines are ready; `ready` tells when the network
 * has welcomed the node.
 * @throws AgentError
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const log = options.log ?? createLog();
  // What is wrong with the options is said before anything is loaded.
  nodelinkUrl(options.network);
  const { models = [], slots, contextTokens } = options;
  const hours = options.hours?.length ? parseWorkingHours(options.hours, options.timeZone) : undefined;
  const wanted = await enginesWanted(options, log);
  const key = await loadNodeKey(options.dir);
  const engines = openEngines(wanted, options, log);
  let llama: Llama | undefined;
  let link: NodeLink;
  let uncap: (() => Promise<void>) | undefined;
  const free = async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await llama?.dispose();
    await uncap?.();
  };
  try {
    if (options.powerCapW !== undefined) uncap = await capPower(options.powerCapW, log);
    if (models.length > 0) {
      // Loaded only where a model file is served: in front of a server the agent needs no llama.cpp.
      const { createLlamaEngine } = await import("./engines/llama.ts");
      const { defaultThreads, loadLlama } = await import("./engines/llama/loadLlama.ts");
      const threads = options.threads ?? defaultThreads();
      llama = await loadLlama({ log, gpu: options.gpu, threads });
      for (const { path, id } of models)
        engines.push(await createLlamaEngine({ llama, path, id, slots, contextTokens, threads }));
    }
    link = connectNode({
      network: options.network,
      token: options.token,
      key,
      engines,
      machine: await readMachine(options),
      telemetry: createTelemetry(),
      ownerWallet: options.ownerWallet,
      log,
    });
  } catch (error) {
    await free();
    throw error;
  }
  const forgetHours = hours === undefined ? undefined : keepHours({ hours, link, log });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    forgetHours?.();
    stopped ??= link.close().then(free);
    return stopped;
  };
  void link.closed.then(stop);
  return {
    nodeKey: key.address,
    ready: link.ready,
    closed: link.closed,
    status: link.status,
    setState: link.setState,
    idle: link.idle,
    stop,
    async drain(timeoutMs) {
      link.setState("drain");
      await link.idle(timeoutMs);
      await stop();
    },
  };
}
