import { availableParallelism } from "node:os";
import { getLlama, type Llama, LlamaLogLevel } from "node-llama-cpp";
import { AgentError } from "../../errors.ts";
import type { Log } from "../../log.ts";

export type GpuChoice = false | "auto" | "cuda" | "vulkan" | "metal";
export interface LoadLlamaOptions {
  log: Log;
  /** Default `false`: the CPU build that comes with the package. */
  gpu?: GpuChoice | undefined;
  /** Default: one fewer than there are cores, at least one. */
  threads?: number | undefined;
}

/** One fewer than there are cores: with as many threads as busy cores, every barrier waits for the scheduler (6 to 200 times slower). */
export const defaultThreads = (): number => Math.max(1, availableParallelism() - 1);

/**
 * llama.cpp in this process, from a prebuilt binary: nothing is compiled or downloaded here.
 * @throws AgentError `model_file` if the wanted build is not installed.
 */
export async function loadLlama(options: LoadLlamaOptions): Promise<Llama> {
  const gpu = options.gpu ?? false;
  try {
    return await getLlama({
      gpu,
      build: "never",
      skipDownload: true,
      maxThreads: options.threads ?? defaultThreads(),
      logLevel: LlamaLogLevel.error,
      logger: (_level, message) => options.log("error", "llama.cpp", { text: message.trim() }),
    });
  } catch (cause) {
    const hint = gpu
      ? `; install @node-llama-cpp/<platform>-${gpu === "auto" ? "cuda" : gpu} beside node-llama-cpp`
      : "";
    throw new AgentError("model_file", `no prebuilt llama.cpp for this machine${hint}`, { cause });
  }
}
