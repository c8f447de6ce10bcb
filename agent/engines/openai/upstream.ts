import { EngineError } from "../engine.ts";
import { errorIn, upstreamError } from "./upstreamError.ts";

const ERROR_BYTES_MAX = 65_536;
const JSON_BYTES_MAX = 64 * 1_048_576;
const STREAM_BYTES_MAX = 256 * 1_048_576;

export interface UpstreamOptions {
  /** `…/v1`, without a trailing slash. */
  base: string;
  key?: string | undefined;
  /** Longest silence of the server, before its answer and within it, milliseconds. */
  idleTimeoutMs: number;
}
export interface UpstreamResponse {
  contentType: string;
  body: AsyncIterable<Uint8Array>;
}
export interface Upstream {
  /**
   * Sends a request and returns once the answer has begun. Aborting `signal` closes the connection, at any time.
   * @throws EngineError
   */
  open(path: string, body: unknown, signal: AbortSignal): Promise<UpstreamResponse>;
  /** The same for answers read whole. */
  json(path: string, body: unknown, signal: AbortSignal): Promise<unknown>;
}

async function readAll(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > bytesMax) throw new EngineError("engine_error", `the engine sent more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/**
 * The whole body as JSON.
 * @throws EngineError `engine_error` if it is not JSON or too large.
 */
export async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const text = await readAll(body, JSON_BYTES_MAX);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EngineError("engine_error", "the engine answered with something that is not JSON", { cause });
  }
}

/** A clock that is wound up by every sign of life and aborts when it runs down. */
function createIdleClock(timeoutMs: number) {
  const controller = new AbortController();
  let timer = setTimeout(() => controller.abort(), timeoutMs);
  return {
    signal: controller.signal,
    wind() {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), timeoutMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** HTTP to one OpenAI-compatible server, with its failures in the protocol's codes. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const headers = {
    "content-type": "application/json",
    ...(options.key ? { authorization: `Bearer ${options.key}` } : {}),
  };

  function failed(error: unknown, signal: AbortSignal, idle: AbortSignal, begun: boolean): EngineError {
    if (error instanceof EngineError) return error;
    if (signal.aborted) return new EngineError("aborted", "the task was cancelled");
    if (idle.aborted) return new EngineError("engine_error", `the engine was silent for ${options.idleTimeoutMs} ms`);
    return begun
      ? new EngineError("engine_truncated", "the engine cut its answer off", { cause: error })
      : new EngineError("engine_unavailable", "the engine does not answer", { cause: error });
  }

  async function open(path: string, body: unknown, signal: AbortSignal): Promise<UpstreamResponse> {
    const idle = createIdleClock(options.idleTimeoutMs);
    const merged = AbortSignal.any([signal, idle.signal]);
    const init = body === undefined ? { method: "GET" } : { method: "POST", body: JSON.stringify(body) };
    let response: Response;
    try {
      response = await fetch(`${options.base}${path}`, { ...init, headers, signal: merged, redirect: "error" });
    } catch (error) {
      idle.stop();
      throw failed(error, signal, idle.signal, false);
    }
    async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
      let total = 0;
      try {
        for await (const part of response.body ?? []) {
          idle.wind();
          total += part.length;
          if (total > STREAM_BYTES_MAX) throw new EngineError("engine_error", "the engine sent too much");
          yield part;
        }
      } catch (error) {
        throw failed(error, signal, idle.signal, true);
      } finally {
        idle.stop();
      }
    }
    idle.wind();
    if (response.ok) return { contentType: response.headers.get("content-type") ?? "", body: bytes() };
    const text = await readAll(bytes(), ERROR_BYTES_MAX).catch(() => "");
    let message = text.trim().startsWith("<") ? "" : text;
    try {
      message = errorIn(JSON.parse(text))?.message ?? message;
    } catch {
      // Not JSON: the text itself is the best there is.
    }
    throw upstreamError(response.status, message, response.headers.get("retry-after"));
  }
  return { open, json: async (path, body, signal) => readJson((await open(path, body, signal)).body) };
}
