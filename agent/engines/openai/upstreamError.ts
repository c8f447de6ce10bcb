import { z } from "zod";
import { EngineError } from "../engine.ts";

const MESSAGE_CHARS_MAX = 500;
const contextWords =
  /context[ _-]?(length|window|size)|maximum (context|model|sequence) length|too many tokens|prompt is too long|exceeds? the (available )?context|n_ctx/i;

/** The shapes in which servers say what went wrong. */
const errorBody = z.union([
  z.object({ error: z.object({ message: z.string(), code: z.unknown().optional(), type: z.unknown().optional() }) }),
  z.object({ error: z.string() }).transform((b) => ({ error: { message: b.error, code: undefined, type: undefined } })),
  z
    .object({ message: z.string(), code: z.unknown().optional(), type: z.unknown().optional() })
    .transform((error) => ({ error })),
  z
    .object({ detail: z.string() })
    .transform((b) => ({ error: { message: b.detail, code: undefined, type: undefined } })),
]);

/** What a body says about an error, or undefined when it is none. */
export function errorIn(body: unknown): { message: string; status?: number } | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const named = "error" in body && body.error !== null && body.error !== undefined;
  if (!named && (("choices" in body && body.choices) || ("data" in body && body.data))) return undefined;
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return named ? { message: "an error without a message" } : undefined;
  const { message, code } = parsed.data.error;
  const context = code === "context_length_exceeded" ? "context length: " : "";
  const status =
    typeof code === "number" ? code : typeof code === "string" && /^\d{3}$/.test(code) ? Number(code) : undefined;
  return { message: context + message, ...(status === undefined ? {} : { status }) };
}

/**
 * A server's error in the protocol's codes: 429 `overloaded`; 401, 403 and 404 `engine_unavailable` (the operator's to mend); other 4xx the
 * caller's, `context_length_exceeded` if the text says so, else `invalid_request`; the rest `engine_error`.
 */
export function upstreamError(status: number, message: string, retryAfter?: string | null): EngineError {
  const text = message.slice(0, MESSAGE_CHARS_MAX);
  if (status === 429)
    return new EngineError("overloaded", `the engine is overloaded${retryAfter ? `, retry after ${retryAfter}` : ""}`);
  if (status === 401 || status === 403 || status === 404)
    return new EngineError("engine_unavailable", `the engine answered ${status}: ${text}`);
  if (contextWords.test(message) && status < 600) return new EngineError("context_length_exceeded", text);
  if (status >= 400 && status < 500) return new EngineError("invalid_request", text || `the engine answered ${status}`);
  return new EngineError("engine_error", `the engine answered ${status}: ${text}`);
}
