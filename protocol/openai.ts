/** Request bodies of `/v1`, as the official clients send them. Unknown fields are ignored there, as OpenAI's own API tolerates them. */
import { z } from "zod";

const TEXT_BYTES_MAX = 1_048_576;
const text = z.string().max(TEXT_BYTES_MAX);

const textPart = z.object({ type: z.literal("text"), text });
const imagePart = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: text, detail: z.string().max(16).optional() }),
});
const content = z.union([
  text,
  z
    .array(z.discriminatedUnion("type", [textPart, imagePart]))
    .min(1)
    .max(256),
]);

export const toolCall = z.object({
  id: z.string().max(256),
  type: z.literal("function"),
  function: z.object({ name: z.string().max(256), arguments: text }),
});
export type ToolCall = z.infer<typeof toolCall>;

const name = z.string().max(256).optional();
export const chatMessage = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content, name }),
  z.object({ role: z.literal("developer"), content, name }),
  z.object({ role: z.literal("user"), content, name }),
  z.object({
    role: z.literal("assistant"),
    content: content.nullish(),
    name,
    refusal: text.nullish(),
    tool_calls: z.array(toolCall).max(128).optional(),
  }),
  z.object({ role: z.literal("tool"), content, tool_call_id: z.string().max(256) }),
]);
export type ChatMessage = z.infer<typeof chatMessage>;

const jsonSchema = z.record(z.string(), z.unknown());
export const tool = z.object({
  type: z.literal("function"),
  function: z.object({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string().max(8192).optional(),
    parameters: jsonSchema.optional(),
    strict: z.boolean().nullish(),
  }),
});
export type Tool = z.infer<typeof tool>;

export const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.object({ type: z.literal("function"), function: z.object({ name: z.string().max(64) }) }),
]);
export type ToolChoice = z.infer<typeof toolChoice>;

export const responseFormat = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({
    type: z.literal("json_schema"),
    json_schema: z.object({
      name: z.string().max(64),
      description: z.string().max(8192).optional(),
      schema: jsonSchema.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);
export type ResponseFormat = z.infer<typeof responseFormat>;

const stop = z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).min(1).max(4)]).nullish();
const sampling = {
  model: z.string().min(1).max(256),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  n: z.number().int().min(1).max(8).nullish(),
  stop,
  seed: z.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  user: z.string().max(512).nullish(),
};
const tokensMax = z.number().int().min(1).max(1_000_000).nullish();

export const chatCompletionRequest = z.object({
  ...sampling,
  messages: z.array(chatMessage).min(1).max(2048),
  max_tokens: tokensMax,
  max_completion_tokens: tokensMax,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: z.array(tool).min(1).max(128).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
});
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequest>;

export const completionRequest = z.object({
  ...sampling,
  prompt: z.union([text.min(1), z.array(text.min(1)).min(1).max(8)]),
  max_tokens: tokensMax,
  logprobs: z.number().int().min(0).max(5).nullish(),
  echo: z.literal(false).nullish(),
  suffix: z.null().optional(),
  best_of: z.literal(1).nullish(),
});
export type CompletionRequest = z.infer<typeof completionRequest>;

export const embeddingRequest = z.object({
  model: z.string().min(1).max(256),
  input: z.union([text.min(1), z.array(text.min(1)).min(1).max(256)]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.number().int().min(1).max(16_384).nullish(),
  user: z.string().max(512).nullish(),
});
export type EmbeddingRequest = z.infer<typeof embeddingRequest>;

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

/** Token usage as OpenAI reports it; `far_*` fields are ours. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** What was charged, in the unit of {@link Usage.far_asset} (wei for FAR), as a decimal string. */
  far_charge?: string;
  far_asset?: "FAR" | "VCU";
}
