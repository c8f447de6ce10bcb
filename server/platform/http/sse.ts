/**
 * Server-sent events on one response.
 *
 * Nothing reaches the client before the first event (or `open`), so that until then an error is still an ordinary answer with its status.
 * Events of one tick leave in one write: agents batch their frames, and a write costs more than an event.
 * Backpressure: `data` answers false while the client is behind; the producer then awaits `drained()` before it produces more. Who
 * does not wait is bounded anyway: beyond `bufferBytesMax` the client is cut and `signal` aborts.
 */
import type { FastifyReply } from "fastify";
import { clientGone } from "./clientGone.ts";

export interface SseOptions {
  /** Unread bytes at which a client is cut; default 1 MiB. */
  bufferBytesMax?: number;
  /** Silence after which a comment keeps the connection alive, ms; default 15 000. */
  heartbeatMs?: number;
}

export interface SseStream {
  /** Sends `data: <text>`; `text` is one line, as JSON is. False while the client is behind. */
  data(text: string): boolean;
  /** As `data`, with an event name and id. */
  event(name: string, text: string, id?: string): boolean;
  /** Sends the head now. Headers set on the reply after it are lost. */
  open(): void;
  /** Resolves when the client has caught up, or has gone. */
  drained(): Promise<void>;
  /** Ends the answer after what was sent. Idempotent. */
  end(): void;
  /** Aborts when the client goes before the end; made on first use. */
  readonly signal: AbortSignal;
  readonly gone: boolean;
  /** Whether the head has left, so that an error can only be an event. */
  readonly opened: boolean;
}

const BUFFER_BYTES_MAX = 1_048_576;
const HEARTBEAT_MS = 15_000;
/** How long a client may take to read what is left after the end. */
const LINGER_MS = 60_000;

/** Takes a reply over as an event stream. Status and headers already set on the reply are kept. */
export function sse(reply: FastifyReply, options: SseOptions = {}): SseStream {
  const { raw } = reply;
  const bufferBytesMax = options.bufferBytesMax ?? BUFFER_BYTES_MAX;
  let pending = "";
  let scheduled = false;
  let behind = false;
  let silent = true;
  let opened = false;
  let ended = false;
  let heartbeat: NodeJS.Timeout | undefined;
  let signal: AbortSignal | undefined;
  let waiting: (() => void)[] = [];

  function release(): void {
    behind = false;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  function flush(): void {
    scheduled = false;
    if (pending === "" || raw.destroyed) return;
    const chunk = pending;
    pending = "";
    silent = false;
    behind = !raw.write(chunk);
  }

  function beat(): void {
    if (silent && !raw.destroyed) behind = !raw.write(": \n\n");
    silent = true;
  }

  function open(): void {
    if (opened || raw.destroyed) return;
    opened = true;
    reply.header("content-type", "text/event-stream; charset=utf-8");
    // nginx buffers an answer unless told not to
    reply.header("x-accel-buffering", "no");
    reply.hijack();
    raw.writeHead(raw.statusCode, reply.getHeaders() as Record<string, string>);
    raw.on("drain", release);
    heartbeat = setInterval(beat, options.heartbeatMs ?? HEARTBEAT_MS);
    heartbeat.unref();
  }

  function push(text: string): boolean {
    if (ended || raw.destroyed) return false;
    if (!opened) open();
    pending += text;
    if (!scheduled) {
      scheduled = true;
      process.nextTick(flush);
    }
    if (behind && raw.writableLength + pending.length > bufferBytesMax) {
      pending = "";
      raw.destroy();
      return false;
    }
    return !behind;
  }

  raw.once("close", () => {
    clearInterval(heartbeat);
    release();
  });

  return {
    data: (text) => push(`data: ${text}\n\n`),
    event: (name, text, id) => push(`${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${text}\n\n`),
    open,
    drained() {
      if (!behind || raw.destroyed) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    end() {
      if (ended) return;
      if (!opened) open();
      ended = true;
      clearInterval(heartbeat);
      const rest = pending;
      pending = "";
      if (raw.destroyed) return;
      raw.end(rest);
      // The rest lies in our memory until the client has taken it.
      const cut = setTimeout(() => raw.destroy(), LINGER_MS);
      cut.unref();
      raw.once("close", () => clearTimeout(cut));
    },
    get signal() {
      signal ??= clientGone(reply);
      return signal;
    },
    get gone() {
      return raw.closed && !raw.writableFinished;
    },
    get opened() {
      return opened;
    },
  };
}
