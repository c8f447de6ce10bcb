import type { AnswerStream } from "../stream.ts";
import type { Transport } from "../transport/transport.ts";
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatParams,
  ChatStreamParams,
  InferenceOptions,
  WithMeta,
} from "../types.ts";
import { post, postStream } from "./inference.ts";

/** `/v1/chat/completions`. */
export interface Chat {
  completions: {
    /** @throws FarApiError insufficient_funds (402), model_not_found (404), rate_limited (429), no_node (503) … */
    create(params: ChatStreamParams, options?: InferenceOptions): Promise<AnswerStream<ChatCompletionChunk>>;
    create(params: ChatParams, options?: InferenceOptions): Promise<ChatCompletion & WithMeta>;
  };
}

export function createChat(transport: Transport): Chat {
  const path = "/v1/chat/completions";
  function create(p: ChatStreamParams, o?: InferenceOptions): Promise<AnswerStream<ChatCompletionChunk>>;
  function create(p: ChatParams, o?: InferenceOptions): Promise<ChatCompletion & WithMeta>;
  function create(params: ChatParams | ChatStreamParams, options: InferenceOptions = {}) {
    const call = { ...options, path, body: params };
    return params.stream === true
      ? postStream<ChatCompletionChunk>(transport, call)
      : post<ChatCompletion>(transport, call);
  }
  return { completions: { create } };
}
