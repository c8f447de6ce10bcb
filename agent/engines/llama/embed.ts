import type { LlamaEmbeddingContext, LlamaModel } from "node-llama-cpp";
import { EngineError, type EngineIo, type EngineResult, type EngineTask, throwIfAborted } from "../engine.ts";
import { encodeVector } from "../vector.ts";

/** Scales to length 1, so that a dot product is the cosine. A vector of zeros stays one. */
function normalise(values: readonly number[]): number[] {
  const length = Math.hypot(...values);
  return length > 0 ? values.map((v) => v / length) : [...values];
}

export interface EmbedDeps {
  model: LlamaModel;
  contextTokens: number;
  /** Made on first use: a node that only chats does not pay for it. */
  context(): Promise<LlamaEmbeddingContext>;
}

/**
 * One L2-normalised vector an input, in order.
 * @throws EngineError `context_length_exceeded` for an input too long, `invalid_request` for dimensions the model does not have.
 */
export async function embed(deps: EmbedDeps, task: EngineTask, io: EngineIo): Promise<EngineResult> {
  const { model, contextTokens } = deps;
  const { input = [], dimensions } = task.request;
  const size = model.embeddingVectorSize;
  if (dimensions !== undefined && dimensions !== size)
    throw new EngineError("invalid_request", `this model's vectors have ${size} dimensions`);
  const tokens = input.map((text) => model.tokenize(text, false));
  const longest = Math.max(0, ...tokens.map((t) => t.length));
  if (longest >= contextTokens)
    throw new EngineError(
      "context_length_exceeded",
      `this model's maximum context length is ${contextTokens} tokens; an input has ${longest}`,
    );
  const context = await deps.context();
  for (const [index, ids] of tokens.entries()) {
    throwIfAborted(io.signal);
    const { vector } = await context.getEmbeddingFor(ids);
    await io.onChunk({ index, delta: { embedding: encodeVector(normalise(vector)) } });
  }
  return {
    usage: { promptTokens: tokens.reduce((sum, t) => sum + t.length, 0), completionTokens: 0 },
    finishReasons: ["stop"],
  };
}
