import type { WireError } from "@farlabs/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { coded, type FarError } from "#kernel";
import { onClientGone, type SseStream, sse } from "#platform/http";
import type { Completion, Consumer, TaskHandle } from "../inference.ts";
import { type AnswerHead, chargeOf, type Dialect, usageChunk, usageOf } from "./render.ts";

/** Waiting longer than this opens the stream, so that heartbeats keep proxies from cutting it; an error is then an event. */
const OPEN_MS = 10_000;

export const headOf = (handle: TaskHandle): AnswerHead => ({
  taskId: handle.taskId,
  created: Math.floor(handle.createdAtMs / 1000),
  model: handle.model,
});

export function setTaskHeaders(reply: FastifyReply, handle: Pick<TaskHandle, "taskId" | "asset" | "quote">): void {
  reply.header("x-far-task-id", handle.taskId);
  reply.header("x-far-asset", handle.asset);
  reply.header("x-far-quote", handle.quote.toString());
}

/** The error to answer with when a task did not complete. */
export function errorOf(completion: Completion): FarError | null {
  if (completion.status === "completed") return null;
  return completion.error ?? coded("internal_error");
}

/** Waits for the whole answer. A client that leaves cancels the task. @throws what the task failed with */
export async function wholeAnswer(reply: FastifyReply, handle: TaskHandle): Promise<Completion> {
  onClientGone(reply, handle.cancel);
  const completion = await handle.done;
  setTaskHeaders(reply, handle);
  const error = errorOf(completion);
  if (error !== null) throw error;
  reply.header("x-far-charge", chargeOf(completion).toString());
  return completion;
}

/** One answer as server-sent events. Nothing is sent before the first delta, so early failures keep their HTTP status. */
export interface StreamedAnswer {
  consumer: Consumer;
  /** Follows the task to its end. @throws what the task failed with, while nothing was sent */
  run(handle: TaskHandle): Promise<void>;
}

/** The public face of an error, for an event inside a stream. */
export type ErrorBody = (error: unknown, request: FastifyRequest) => WireError;

export function streamedAnswer(
  reply: FastifyReply,
  dialect: Dialect,
  options: { withUsage: boolean; errorBody: ErrorBody },
): StreamedAnswer {
  const { withUsage, errorBody } = options;
  const stream = sse(reply);
  const opened = new Set<number>();
  let prefix = "";
  // Deltas can only come after submit returned, but a fast node may answer in the same turn of the loop.
  let early: (() => void)[] | null = [];

  function open(index: number): void {
    if (opened.has(index)) return;
    opened.add(index);
    const opening = dialect.opening(index);
    if (opening !== null) stream.data(prefix + opening);
  }
  const send = (index: number, text: string): void => {
    open(index);
    stream.data(prefix + text);
  };

  return {
    consumer: {
      onDelta(index, delta, logprobs) {
        if (early === null) send(index, dialect.piece(index, delta, logprobs));
        else early.push(() => send(index, dialect.piece(index, delta, logprobs)));
      },
    },
    async run(handle) {
      const head = headOf(handle);
      prefix = dialect.chunkPrefix(head, withUsage);
      setTaskHeaders(reply, handle);
      for (const piece of early ?? []) piece();
      early = null;
      if (stream.gone) handle.cancel();
      else stream.signal.addEventListener("abort", handle.cancel, { once: true });
      const timer = setTimeout(stream.open, OPEN_MS);
      const completion = await handle.done;
      clearTimeout(timer);
      const error = errorOf(completion);
      if (error !== null) return failStream(stream, error, () => errorBody(error, reply.request));
      finishStream(stream, completion, dialect, prefix, open, withUsage);
    },
  };
}

function finishStream(
  stream: SseStream,
  c: Completion,
  dialect: Dialect,
  prefix: string,
  open: (index: number) => void,
  withUsage: boolean,
): void {
  c.choices.forEach((choice, index) => {
    open(index);
    stream.data(prefix + dialect.ending(index, choice.finishReason ?? "stop"));
  });
  if (withUsage) stream.data(usageChunk(prefix, usageOf(c)));
  stream.data("[DONE]");
  stream.end();
}

/** Before the head left, the error is an ordinary answer; after it an event, and never `[DONE]`. */
function failStream(stream: SseStream, error: FarError, body: () => WireError): void {
  if (!stream.opened) throw error;
  stream.data(JSON.stringify(body()));
  stream.end();
}
