import type { Delta, FinishReason, Usage } from "@farlabs/protocol";
import type { Completion } from "../inference.ts";

/** What stays the same over one answer. */
export interface AnswerHead {
  taskId: string;
  /** Seconds since 1970. */
  created: number;
  model: string;
}

/** How one endpoint words its answers; chat and completions differ in names only. */
export interface Dialect {
  body(head: AnswerHead, completion: Completion): Record<string, unknown>;
  /** The start of every chunk up to its choice, as JSON text: written once per answer, not once per token. */
  chunkPrefix(head: AnswerHead, withUsage: boolean): string;
  /** First piece of a choice, before any delta; null where the dialect has none. */
  opening(index: number): string | null;
  piece(index: number, delta: Delta, logprobs: unknown): string;
  ending(index: number, reason: FinishReason): string;
}

/** What the caller paid, in the smallest unit of what it was paid in. */
export const chargeOf = (c: Completion): bigint => (c.asset === "VCU" ? c.chargeVcu : c.chargeWei);

export function usageOf(c: Completion): Usage {
  return {
    prompt_tokens: c.promptTokens,
    completion_tokens: c.completionTokens,
    total_tokens: c.promptTokens + c.completionTokens,
    far_charge: chargeOf(c).toString(),
    far_asset: c.asset,
  };
}

/** The last chunk of a stream that was asked for usage: no choice, the figures. */
export const usageChunk = (prefix: string, usage: unknown): string =>
  `${prefix.replace('"usage":null', `"usage":${JSON.stringify(usage)}`)}[]}`;

/** Pieces of logprobs hold arrays per field; the whole answer's are those arrays in a row. */
function joinLogprobs(pieces: readonly unknown[]): Record<string, unknown> | null {
  if (pieces.length === 0) return null;
  const whole = new Map<string, unknown>();
  for (const piece of pieces) {
    for (const [key, value] of Object.entries((piece ?? {}) as Record<string, unknown>)) {
      const before = whole.get(key);
      if (!Array.isArray(value)) whole.set(key, value);
      else if (Array.isArray(before)) for (const item of value) before.push(item);
      else whole.set(key, [...value]);
    }
  }
  return Object.fromEntries(whole);
}

export const chatDialect: Dialect = {
  body: (head, c) => ({
    id: `chatcmpl-${head.taskId}`,
    object: "chat.completion",
    created: head.created,
    model: head.model,
    choices: c.choices.map((choice, index) => ({
      index,
      message: {
        role: "assistant",
        content: choice.toolCalls.length > 0 && choice.text === "" ? null : choice.text,
        refusal: null,
        ...(choice.toolCalls.length > 0 ? { tool_calls: choice.toolCalls } : {}),
      },
      logprobs: joinLogprobs(choice.logprobs),
      finish_reason: choice.finishReason ?? "stop",
    })),
    usage: usageOf(c),
  }),
  chunkPrefix: (head, withUsage) =>
    `{"id":"chatcmpl-${head.taskId}","object":"chat.completion.chunk","created":${head.created},"model":${JSON.stringify(head.model)},${withUsage ? '"usage":null,' : ""}"choices":`,
  opening: (index) =>
    `[{"index":${index},"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}`,
  piece: (index, delta, logprobs) =>
    `[{"index":${index},"delta":${JSON.stringify(delta)},"logprobs":${logprobs === undefined ? "null" : JSON.stringify(logprobs)},"finish_reason":null}]}`,
  ending: (index, reason) => `[{"index":${index},"delta":{},"logprobs":null,"finish_reason":"${reason}"}]}`,
};

export const completionDialect: Dialect = {
  body: (head, c) => ({
    id: `cmpl-${head.taskId}`,
    object: "text_completion",
    created: head.created,
    model: head.model,
    choices: c.choices.map((choice, index) => ({
      index,
      text: choice.text,
      logprobs: joinLogprobs(choice.logprobs),
      finish_reason: choice.finishReason ?? "stop",
    })),
    usage: usageOf(c),
  }),
  chunkPrefix: (head, withUsage) =>
    `{"id":"cmpl-${head.taskId}","object":"text_completion","created":${head.created},"model":${JSON.stringify(head.model)},${withUsage ? '"usage":null,' : ""}"choices":`,
  opening: () => null,
  piece: (index, delta, logprobs) =>
    `[{"index":${index},"text":${JSON.stringify(delta.content ?? "")},"logprobs":${logprobs === undefined ? "null" : JSON.stringify(logprobs)},"finish_reason":null}]}`,
  ending: (index, reason) => `[{"index":${index},"text":"","logprobs":null,"finish_reason":"${reason}"}]}`,
};

/** `POST /v1/embeddings`. Official clients ask for base64 and decode it themselves. */
export function embeddingBody(head: AnswerHead, c: Completion, format: "float" | "base64"): Record<string, unknown> {
  const floats = (base64: string): number[] => {
    const bytes = Buffer.from(base64, "base64");
    return Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readFloatLE(i * 4));
  };
  return {
    object: "list",
    data: c.choices.map((choice, index) => ({
      object: "embedding",
      index,
      embedding: format === "base64" ? choice.embedding : floats(choice.embedding ?? ""),
    })),
    model: head.model,
    usage: {
      prompt_tokens: c.promptTokens,
      total_tokens: c.promptTokens,
      far_charge: chargeOf(c).toString(),
      far_asset: c.asset,
    },
  };
}
