import { z } from "zod";
import { EngineError, type EngineIo, type EngineResult } from "../engine.ts";
import { encodeVector } from "../vector.ts";
import { errorIn, upstreamError } from "./upstreamError.ts";

const embeddingBody = z.object({
  data: z
    .array(
      z.object({
        index: z.number().int().min(0).max(255).nullish(),
        embedding: z.union([z.array(z.number()).min(1).max(65_536), z.string().min(1).max(400_000)]),
      }),
    )
    .max(256),
  usage: z.object({ prompt_tokens: z.number().int().min(0).nullish() }).nullish(),
});

/**
 * Hands on the vectors of a whole `/embeddings` answer, one chunk an input.
 * @throws EngineError when one is missing.
 */
export async function embedAnswer(body: unknown, inputs: number, io: EngineIo): Promise<EngineResult> {
  const error = errorIn(body);
  if (error) throw upstreamError(error.status ?? 500, error.message);
  const parsed = embeddingBody.safeParse(body);
  if (!parsed.success) throw new EngineError("engine_error", "the engine sent embeddings of an unknown shape");
  const vectors = new Map(parsed.data.data.map((row, i) => [row.index ?? i, row.embedding]));
  for (let index = 0; index < inputs; index += 1) {
    const vector = vectors.get(index);
    if (!vector) throw new EngineError("engine_truncated", "the engine left an input without its embedding");
    await io.onChunk({ index, delta: { embedding: typeof vector === "string" ? vector : encodeVector(vector) } });
  }
  return {
    usage: { promptTokens: parsed.data.usage?.prompt_tokens ?? 0, completionTokens: 0 },
    finishReasons: ["stop"],
  };
}
