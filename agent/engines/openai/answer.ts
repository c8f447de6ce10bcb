/** The wire of OpenAI-compatible servers, read with tolerance: nulls, missing indexes, extra fields, other spellings of the end. */
import type { Delta } from "@farlabs/protocol";
import { z } from "zod";
import { type EngineChunk, EngineError, type EngineResult } from "../engine.ts";
import { errorIn, upstreamError } from "./upstreamError.ts";

const toolCall = z.object({
  index: z.number().int().min(0).max(127).nullish(),
  id: z.string().max(256).nullish(),
  function: z
    .object({
      name: z.string().max(256).nullish(),
      arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
    })
    .nullish(),
});
const message = z.object({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).max(128).nullish(),
});
const answerBody = z.object({
  choices: z
    .array(
      z.object({
        index: z.number().int().min(0).max(255).nullish(),
        delta: message.nullish(),
        message: message.nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
        logprobs: z.unknown().optional(),
      }),
    )
    .max(256)
    .nullish(),
  usage: z
    .object({ prompt_tokens: z.number().int().min(0).nullish(), completion_tokens: z.number().int().min(0).nullish() })
    .nullish(),
});
type Message = z.infer<typeof message>;
type FinishReason = EngineResult["finishReasons"][number];

const finishReasons: Record<string, FinishReason> = {
  stop: "stop",
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  length: "length",
  max_tokens: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
};

export interface AnswerPart {
  chunks: EngineChunk[];
  finished: { index: number; reason: FinishReason }[];
  usage?: { promptTokens: number; completionTokens: number };
}

const toolCallDelta = (call: z.infer<typeof toolCall>, position: number): NonNullable<Delta["tool_calls"]>[number] => {
  const args = call.function?.arguments;
  return {
    index: call.index ?? position,
    ...(call.id ? { id: call.id, type: "function" as const } : {}),
    function: {
      ...(call.function?.name ? { name: call.function.name } : {}),
      ...(args === null || args === undefined
        ? {}
        : { arguments: typeof args === "string" ? args : JSON.stringify(args) }),
    },
  };
};

function toDelta(part: Message | null | undefined, text: string | null | undefined): Delta | undefined {
  const content = text ?? part?.content;
  const delta: Delta = {
    ...(content ? { content } : {}),
    ...(part?.reasoning_content ? { reasoning_content: part.reasoning_content } : {}),
    ...(part?.refusal ? { refusal: part.refusal } : {}),
    ...(part?.tool_calls?.length ? { tool_calls: part.tool_calls.map(toolCallDelta) } : {}),
  };
  return Object.keys(delta).length > 0 ? delta : undefined;
}

/**
 * One streamed event, or a whole answer of a server that does not stream.
 * @throws EngineError for an error inside a 200, and for what is no answer.
 */
export function parseAnswer(body: unknown): AnswerPart {
  const error = errorIn(body);
  if (error) throw upstreamError(error.status ?? 500, error.message);
  const parsed = answerBody.safeParse(body);
  if (!parsed.success) throw new EngineError("engine_error", "the engine sent an answer of an unknown shape");
  const part: AnswerPart = { chunks: [], finished: [] };
  for (const choice of parsed.data.choices ?? []) {
    const index = choice.index ?? 0;
    const delta = toDelta(choice.delta ?? choice.message, choice.text);
    const logprobs = choice.logprobs ?? undefined;
    if (delta) part.chunks.push({ index, delta, ...(logprobs === undefined ? {} : { logprobs }) });
    if (!choice.finish_reason) continue;
    const reason = finishReasons[choice.finish_reason];
    if (!reason) throw new EngineError("engine_truncated", `the engine stopped: ${choice.finish_reason.slice(0, 64)}`);
    part.finished.push({ index, reason });
  }
  const { usage } = parsed.data;
  if (usage) part.usage = { promptTokens: usage.prompt_tokens ?? 0, completionTokens: usage.completion_tokens ?? 0 };
  return part;
}
