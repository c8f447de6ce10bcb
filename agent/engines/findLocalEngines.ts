import { z } from "zod";

/** Where servers listen by default: vLLM, SGLang, Ollama, LM Studio, llama.cpp. */
const CANDIDATES = [8000, 30_000, 11_434, 1234, 8080].map((port) => `http://127.0.0.1:${port}/v1`);
const TIMEOUT_MS = 1_500;
const modelList = z.object({ data: z.array(z.object({ id: z.string().min(1) })).min(1) });

/**
 * The OpenAI-compatible servers of this machine, for an agent that was told of none.
 * @param options.network - never taken for an engine, though it speaks the same API: a network that serves itself would never answer
 * @param options.candidates - bases to try, default the usual ports of the loopback
 */
export async function findLocalEngines(options: {
  network: string;
  candidates?: readonly string[];
}): Promise<string[]> {
  const own = new URL(options.network).port;
  async function answers(base: string): Promise<boolean> {
    if (new URL(base).port === own) return false;
    try {
      const response = await fetch(`${base}/models`, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
      const isNetwork = [...response.headers.keys()].some(
        (name) => name.startsWith("x-far-") || name === "x-request-id",
      );
      return response.ok && !isNetwork && modelList.safeParse(await response.json()).success;
    } catch {
      return false;
    }
  }
  const candidates = options.candidates ?? CANDIDATES;
  const found = await Promise.all(candidates.map(answers));
  return candidates.filter((_, i) => found[i]);
}
