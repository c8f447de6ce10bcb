import type {
  ChatCompletionRequest,
  ChatMessage,
  CompletionRequest,
  EmbeddingRequest,
  EngineRequest,
} from "@farlabs/protocol";
import { coded } from "#kernel";
import type { SubmitRequest } from "../inference.ts";

/** Fields that are neither null nor undefined. */
type Given<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };
function given<T extends object>(fields: T): Given<T> {
  const kept: Given<T> = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== null && value !== undefined) kept[key] = value as Given<T>[typeof key];
  }
  return kept;
}

const stops = (stop: string | string[] | null | undefined): string[] | undefined =>
  stop === null || stop === undefined ? undefined : typeof stop === "string" ? [stop] : stop;

function sampling(body: ChatCompletionRequest | CompletionRequest) {
  return given({
    temperature: body.temperature,
    top_p: body.top_p,
    n: body.n,
    stop: stops(body.stop),
    seed: body.seed,
    presence_penalty: body.presence_penalty,
    frequency_penalty: body.frequency_penalty,
  });
}

function refuseImages(messages: readonly ChatMessage[]): void {
  messages.forEach((message, i) => {
    if (Array.isArray(message.content) && message.content.some((part) => part.type === "image_url")) {
      throw coded("unsupported_parameter", {
        message: "No model of the network reads images yet.",
        param: `messages[${i}].content`,
      });
    }
  });
}

/** `POST /v1/chat/completions` → task. @throws unsupported_parameter */
export function fromChat(body: ChatCompletionRequest): SubmitRequest {
  refuseImages(body.messages);
  if (body.top_logprobs !== null && body.top_logprobs !== undefined && body.logprobs !== true) {
    throw coded("invalid_request", { message: "top_logprobs needs logprobs: true.", param: "top_logprobs" });
  }
  if (
    body.tool_choice !== null &&
    body.tool_choice !== undefined &&
    body.tools === undefined &&
    body.tool_choice !== "none"
  ) {
    throw coded("invalid_request", { message: "tool_choice needs tools.", param: "tool_choice" });
  }
  const tools = body.tool_choice === "none" ? undefined : body.tools;
  const engine: EngineRequest = {
    model: body.model,
    messages: body.messages,
    ...sampling(body),
    ...given({
      max_tokens: body.max_completion_tokens ?? body.max_tokens,
      logprobs: body.logprobs,
      top_logprobs: body.top_logprobs,
      tools,
      tool_choice: tools === undefined ? undefined : body.tool_choice,
      parallel_tool_calls: tools === undefined ? undefined : body.parallel_tool_calls,
      response_format: body.response_format,
    }),
  };
  return { kind: "chat", engine };
}

/** `POST /v1/completions` → task. @throws unsupported_parameter for several prompts */
export function fromCompletion(body: CompletionRequest): SubmitRequest {
  const [prompt, ...more] = typeof body.prompt === "string" ? [body.prompt] : body.prompt;
  if (prompt === undefined || more.length > 0) {
    throw coded("unsupported_parameter", { message: "Send one prompt per request.", param: "prompt" });
  }
  const logprobs =
    body.logprobs === null || body.logprobs === undefined ? {} : { logprobs: true, top_logprobs: body.logprobs };
  // OpenAI's default for this endpoint is 16, but a caller who leaves it out expects an answer of useful length here as in chat.
  return {
    kind: "completion",
    engine: { model: body.model, prompt, ...sampling(body), ...logprobs, ...given({ max_tokens: body.max_tokens }) },
  };
}

/** `POST /v1/embeddings` → task. */
export function fromEmbedding(body: EmbeddingRequest): SubmitRequest {
  const input = typeof body.input === "string" ? [body.input] : body.input;
  return { kind: "embedding", engine: { model: body.model, input, ...given({ dimensions: body.dimensions }) } };
}
