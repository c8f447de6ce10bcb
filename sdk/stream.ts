import { FarApiError, isFarApiError } from "./errors.ts";
import { errorInBody } from "./transport/apiError.ts";
import { sseEvents } from "./transport/sse.ts";
import type { AnswerMeta, WithMeta } from "./types.ts";

/** An answer as it is made. Iterate once; leaving the loop, or {@link AnswerStream.abort}, stops the task at its node. */
export interface AnswerStream<T> extends AsyncIterable<T>, WithMeta {
  abort(): void;
}

const amountOf = (text: string | null | undefined): bigint | null =>
  text !== null && text !== undefined && /^\d+$/.test(text) ? BigInt(text) : null;

/** What the headers of an answer say. */
export const metaOf = ({ headers }: Response): AnswerMeta => ({
  taskId: headers.get("x-far-task-id"),
  requestId: headers.get("x-request-id"),
  asset: headers.get("x-far-asset") === "VCU" ? "VCU" : "FAR",
  quote: amountOf(headers.get("x-far-quote")),
  charge: amountOf(headers.get("x-far-charge")),
});

function chargeIn(chunk: unknown): bigint | null {
  const usage = typeof chunk === "object" && chunk !== null && "usage" in chunk ? chunk.usage : null;
  const charge = typeof usage === "object" && usage !== null && "far_charge" in usage ? usage.far_charge : null;
  return typeof charge === "string" ? amountOf(charge) : null;
}

function parse(data: string, response: Response): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    const message = "The stream holds an event that is not JSON.";
    throw new FarApiError({ code: "bad_answer", status: response.status, message, cause });
  }
}

/** @param signal the caller's, to tell an abort from a broken connection */
function connectionError(cause: unknown, response: Response, signal: AbortSignal): FarApiError {
  if (isFarApiError(cause)) return cause;
  const isAborted = signal.aborted;
  return new FarApiError({
    code: isAborted ? "aborted" : "connection_failed",
    message: isAborted ? "The call was aborted." : "The connection broke while the answer was streamed.",
    status: isAborted ? 0 : response.status,
    requestId: response.headers.get("x-request-id"),
    cause,
  });
}

/**
 * The chunks of a streamed answer, until `[DONE]`.
 * @throws FarApiError the server's own error where the stream ends with one, `stream_truncated` without `[DONE]`, `aborted`
 */
async function* chunks<T>(
  response: Response,
  at: { meta: AnswerMeta; signal: AbortSignal },
): AsyncGenerator<T, void, void> {
  try {
    for await (const { data } of sseEvents(response.body ?? new ReadableStream({ start: (c) => c.close() }))) {
      if (data === "[DONE]") return;
      const chunk = parse(data, response);
      const error = errorInBody(chunk, response);
      if (error !== null) throw error;
      at.meta.charge = chargeIn(chunk) ?? at.meta.charge;
      yield chunk as T;
    }
  } catch (cause) {
    throw connectionError(cause, response, at.signal);
  }
  throw new FarApiError({
    code: at.signal.aborted ? "aborted" : "stream_truncated",
    message: at.signal.aborted ? "The call was aborted." : "The stream ended early; the answer is incomplete.",
    status: at.signal.aborted ? 0 : response.status,
    requestId: response.headers.get("x-request-id"),
  });
}

/** Wraps a streaming response. `signal` is the one the request was sent with, `abort` fires it. */
export function answerStream<T>(response: Response, request: { signal: AbortSignal; abort(): void }): AnswerStream<T> {
  const meta = metaOf(response);
  const iterator = chunks<T>(response, { meta, signal: request.signal });
  return { far: meta, abort: request.abort, [Symbol.asyncIterator]: () => iterator };
}
