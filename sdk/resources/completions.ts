import type { AnswerStream } from "../stream.ts";
import type { Transport } from "../transport/transport.ts";
import type { Completion, CompletionParams, CompletionStreamParams, InferenceOptions, WithMeta } from "../types.ts";
import { post, postStream } from "./inference.ts";

/** `/v1/completions`: raw text, no chat template. */
export interface Completions {
  create(params: CompletionStreamParams, options?: InferenceOptions): Promise<AnswerStream<Completion>>;
  create(params: CompletionParams, options?: InferenceOptions): Promise<Completion & WithMeta>;
}

export function createCompletions(transport: Transport): Completions {
  const path = "/v1/completions";
  function create(p: CompletionStreamParams, o?: InferenceOptions): Promise<AnswerStream<Completion>>;
  function create(p: CompletionParams, o?: InferenceOptions): Promise<Completion & WithMeta>;
  function create(params: CompletionParams | CompletionStreamParams, options: InferenceOptions = {}) {
    const call = { ...options, path, body: params };
    return params.stream === true ? postStream<Completion>(transport, call) : post<Completion>(transport, call);
  }
  return { create };
}
