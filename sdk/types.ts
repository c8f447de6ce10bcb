import type {
  ChatCompletionRequest,
  CompletionRequest,
  EmbeddingRequest,
  FinishReason,
  ToolCall,
  Usage,
} from "@farlabs/protocol";

type NotStreamed<T> = Omit<T, "stream" | "stream_options">;

/** What the network says about an answer beside it. Amounts are in the smallest unit of {@link AnswerMeta.asset}: wei of FAR, or 10⁻⁴ VCU. */
export interface AnswerMeta {
  taskId: string | null;
  requestId: string | null;
  /** What it is paid in. */
  asset: "FAR" | "VCU";
  /** The most it can cost; reserved before the work began. */
  quote: bigint | null;
  /** What it did cost; for a stream known once it has ended. */
  charge: bigint | null;
}
/** Attached to every answer of `/v1`. */
export interface WithMeta {
  far: AnswerMeta;
}

/** Server-side routing choices, sent as `x-far-*` headers. */
export interface InferenceOptions {
  signal?: AbortSignal;
  idempotencyKey?: string;
  headers?: Readonly<Record<string, string>>;
}

export type ChatParams = NotStreamed<ChatCompletionRequest> & { stream?: false | null };
export type ChatStreamParams = NotStreamed<ChatCompletionRequest> & {
  stream: true;
  stream_options?: ChatCompletionRequest["stream_options"];
};
export interface ChatAnswerMessage {
  role: "assistant";
  content: string | null;
  refusal?: string | null;
  tool_calls?: ToolCall[];
}
export interface ChatCompletion {
  id: string;
  object: "chat.completion";
  created: number;
  model: string;
  choices: { index: number; message: ChatAnswerMessage; finish_reason: FinishReason; logprobs?: unknown }[];
  usage: Usage;
}
export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: "function";
  function?: { name?: string; arguments?: string };
}
export interface ChatCompletionChunk {
  id: string;
  object: "chat.completion.chunk";
  created: number;
  model: string;
  choices: {
    index: number;
    delta: { role?: "assistant"; content?: string | null; refusal?: string | null; tool_calls?: ToolCallDelta[] };
    finish_reason: FinishReason | null;
    logprobs?: unknown;
  }[];
  usage?: Usage | null;
}

export type CompletionParams = NotStreamed<CompletionRequest> & { stream?: false | null };
export type CompletionStreamParams = NotStreamed<CompletionRequest> & {
  stream: true;
  stream_options?: CompletionRequest["stream_options"];
};
export interface Completion {
  id: string;
  object: "text_completion";
  created: number;
  model: string;
  choices: { index: number; text: string; finish_reason: FinishReason | null; logprobs?: unknown }[];
  usage?: Usage | null;
}

export type EmbeddingParams = Omit<EmbeddingRequest, "encoding_format">;
export interface EmbeddingList {
  object: "list";
  model: string;
  data: { object: "embedding"; index: number; embedding: number[] }[];
  usage: Usage;
}

export interface Model {
  id: string;
  object: "model";
  created: number;
  owned_by: string;
  [field: string]: unknown;
}
