import { type AnswerStream, answerStream, metaOf } from "../stream.ts";
import type { Transport } from "../transport/transport.ts";
import type { InferenceOptions, WithMeta } from "../types.ts";

/** POST a body to `/v1` and read the answer whole. */
export async function post<T>(transport: Transport, call: InferenceOptions & { path: string; body: unknown }) {
  const { body, response } = await transport.json<T>({ ...call, method: "POST" });
  return Object.assign(body as T & object, { far: metaOf(response) }) as T & WithMeta;
}

/** POST a body with `stream: true`; resolves when the answer begins. */
export async function postStream<T>(
  transport: Transport,
  call: InferenceOptions & { path: string; body: unknown },
): Promise<AnswerStream<T>> {
  const controller = new AbortController();
  const signal = call.signal === undefined ? controller.signal : AbortSignal.any([call.signal, controller.signal]);
  const headers = { ...call.headers, accept: "text/event-stream" };
  const response = await transport.send({ ...call, headers, signal, method: "POST" });
  return answerStream<T>(response, { signal, abort: () => controller.abort() });
}
