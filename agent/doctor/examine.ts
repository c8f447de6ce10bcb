import { findLocalEngines } from "../engines/findLocalEngines.ts";
import { createOpenAiEngine } from "../engines/openai.ts";
import { AgentError } from "../errors.ts";
import { noLog } from "../log.ts";
import { engineBase } from "../urls.ts";
import { examineEngine } from "./engine.ts";
import { type Finding, fail, reasonOf } from "./finding.ts";
import { examineFolder, examineGpu, examineModelFile } from "./machine.ts";
import { examineNetwork } from "./network.ts";

export interface ExamineOptions {
  /** Address of the network. */
  network: string;
  /** State folder of the node. */
  dir: string;
  /** OpenAI-compatible servers; with neither these nor models: those found on this machine's usual ports. */
  engines: readonly { url: string; key?: string | undefined }[];
  /** GGUF files. */
  models: readonly string[];
  allowPlainEngine?: boolean | undefined;
  modelIds?: Record<string, string> | undefined;
}

async function examineServer(
  server: { url: string; key?: string | undefined },
  options: ExamineOptions,
): Promise<Finding[]> {
  try {
    const { base } = engineBase(server.url, options.allowPlainEngine ?? false);
    const engine = createOpenAiEngine({ base, key: server.key, log: noLog, modelIds: options.modelIds });
    try {
      return await examineEngine(engine);
    } finally {
      await engine.close();
    }
  } catch (error) {
    return [fail("engine", `${server.url}: ${reasonOf(error)}`, "Check --engine and --engine-key.")];
  }
}

async function serversOf({ engines, models, network }: ExamineOptions): Promise<ExamineOptions["engines"]> {
  if (engines.length + models.length > 0) return engines;
  return (await findLocalEngines({ network })).map((url) => ({ url }));
}

/**
 * Looks at everything a node needs before it joins: driver and memory, engine and an answer of it, the way to the network, the clock.
 * Findings come as they are made; nothing is joined and nothing is changed.
 * @throws AgentError for an address that may not be used
 */
export async function* examine(options: ExamineOptions): AsyncGenerator<Finding> {
  yield* await examineGpu();
  yield await examineFolder(options.dir);
  for (const model of options.models) yield await examineModelFile(model);
  const servers = await serversOf(options);
  if (servers.length + options.models.length === 0)
    yield fail(
      "engine",
      "no OpenAI-compatible server answers on this machine's usual ports",
      "Start one (vLLM, SGLang, llama.cpp, Ollama) or name it: --engine URL, --model FILE.gguf.",
    );
  for (const server of servers) yield* await examineServer(server, options);
  try {
    yield* await examineNetwork(options.network);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    yield fail("network", error.message, "Use the network's https address.");
  }
}
