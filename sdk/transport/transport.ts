import { FarApiError, isFarApiError } from "../errors.ts";
import { errorInBody, errorOfResponse } from "./apiError.ts";
import { nextDelayMs, type RetryPolicy } from "./retry.ts";

export interface TransportConfig {
  baseUrl: string;
  /** The `Authorization` value for the next request, or null for none. */
  authorization: () => Promise<string | null>;
  fetch: typeof fetch;
  headers: Readonly<Record<string, string>>;
  retry: RetryPolicy;
  /** Until the answer's headers are in. */
  timeoutMs: number;
}

export interface CallOptions {
  /** Ends the call, and a stream with it; the network then stops the task. */
  signal?: AbortSignal;
  /** Repeats with the same key return the first answer. Made by the SDK for every mutating call where it is not given. */
  idempotencyKey?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface CallRequest extends CallOptions {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  /** False where a second arrival could do harm in spite of the idempotency key: single-use nonces, rotating tokens. */
  isRepeatable?: boolean;
}

export interface Transport {
  readonly baseUrl: string;
  /** Sends, retries where that is safe, and gives the answer when its status is fine. @throws FarApiError */
  send(request: CallRequest): Promise<Response>;
  /** {@link Transport.send}, with the body read as JSON. @throws FarApiError */
  json<T>(request: CallRequest): Promise<{ body: T; response: Response }>;
}

function urlOf(baseUrl: string, { path, query }: CallRequest): string {
  const given = Object.entries(query ?? {}).flatMap(([k, v]) =>
    v === undefined ? [] : [[k, String(v)] as [string, string]],
  );
  return `${baseUrl}${path}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`;
}

/** Waits, and wakes early when the signal fires. */
const sleep = (delayMs: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, delayMs);
    signal?.addEventListener("abort", wake);
  });

const aborted = (cause: unknown): FarApiError =>
  new FarApiError({ code: "aborted", status: 0, message: "The call was aborted.", cause });

/** One try. The timeout covers the headers only: an answer may stream for half an hour. */
async function attempt(config: TransportConfig, request: CallRequest, headers: Headers): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), config.timeoutMs);
  const signal = request.signal === undefined ? late.signal : AbortSignal.any([request.signal, late.signal]);
  try {
    return await config.fetch(urlOf(config.baseUrl, request), {
      method: request.method,
      headers,
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    });
  } catch (cause) {
    if (request.signal?.aborted === true) throw aborted(cause);
    throw late.signal.aborted
      ? new FarApiError({
          code: "timed_out",
          status: 0,
          message: `No answer within ${config.timeoutMs / 1_000} s; whether the request was carried out is not known.`,
          cause,
        })
      : new FarApiError({
          code: "connection_failed",
          status: 0,
          message: `No connection to ${config.baseUrl}.`,
          cause,
        });
  } finally {
    clearTimeout(timer);
  }
}

async function headersOf(config: TransportConfig, request: CallRequest): Promise<Headers> {
  const headers = new Headers({ accept: "application/json", ...config.headers });
  const authorization = await config.authorization();
  if (authorization !== null) headers.set("authorization", authorization);
  if (request.body !== undefined) headers.set("content-type", "application/json");
  // One key for all tries of this call: a repeat whose first answer was lost returns that answer and is charged once.
  if (request.method !== "GET") headers.set("idempotency-key", request.idempotencyKey ?? crypto.randomUUID());
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  return headers;
}

/** Fetch with our errors, retries and idempotency keys. */
export function createTransport(config: TransportConfig): Transport {
  const send = async (request: CallRequest): Promise<Response> => {
    const headers = await headersOf(config, request);
    for (let retriesDone = 0; ; retriesDone++) {
      if (request.signal?.aborted === true) throw aborted(request.signal.reason);
      const outcome = await attempt(config, request, headers).catch((e: unknown) => {
        if (isFarApiError(e) && e.code === "connection_failed") return e;
        throw e;
      });
      if (outcome instanceof Response && outcome.ok) return outcome;
      const error = outcome instanceof Response ? await errorOfResponse(outcome) : outcome;
      const { status, retryAfterS } = error;
      const delayMs = nextDelayMs(
        config.retry,
        { retriesDone, status, retryAfterS, isRepeatable: request.isRepeatable ?? true },
        Math.random(),
      );
      if (delayMs === null) throw error;
      await sleep(delayMs, request.signal);
    }
  };

  return {
    baseUrl: config.baseUrl,
    send,
    json: async <T>(request: CallRequest) => {
      const response = await send(request);
      const text = await response.text().catch((cause: unknown) => {
        if (request.signal?.aborted === true) throw aborted(cause);
        const message = "The connection broke while the answer was read.";
        throw new FarApiError({ code: "connection_failed", status: response.status, message, cause });
      });
      let body: unknown = null;
      try {
        body = text === "" ? null : JSON.parse(text);
      } catch (cause) {
        const message = "The answer is not JSON; is this the address of a Far Labs network?";
        throw new FarApiError({ code: "bad_answer", status: response.status, message, cause });
      }
      const error = errorInBody(body, response);
      if (error !== null) throw error;
      return { body: body as T, response };
    },
  };
}
