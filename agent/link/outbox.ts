import { type AgentFrame, FRAME_BYTES_MAX, FRAMES_PER_MESSAGE_MAX } from "@farlabs/protocol";

/** What the outbox needs of a WebSocket. */
export interface OutboxSocket {
  readonly bufferedAmount: number;
  send(data: string, done: (error?: Error | null) => void): void;
}

/** Above this the engines pause, below {@link LOW_BYTES} they go on: a slow line must not become memory. */
const HIGH_BYTES = 1_048_576;
const LOW_BYTES = 262_144;
/** Room for brackets and commas of an array message. */
const MESSAGE_BYTES_MAX = FRAME_BYTES_MAX - 1024;

export interface Outbox {
  /** Queues a frame; all frames of one turn of the event loop leave together, in order. */
  send(frame: AgentFrame): void;
  /** Sends what is queued now, without waiting for the turn to end. */
  flush(): void;
  /** `undefined` while the line keeps up, else a promise for when it does again (or is closed). */
  room(): Promise<void> | undefined;
  /** The socket is gone: whoever waits goes on, and nothing is sent any more. */
  close(): void;
}

/** Batches frames into messages of at most 256 frames and 1 MiB, and tells when the line is congested. */
export function createOutbox(socket: OutboxSocket): Outbox {
  let queue: string[] = [];
  let queueBytes = 0;
  let unsentBytes = 0;
  let scheduled = false;
  let closed = false;
  let waiters: (() => void)[] = [];

  const wake = () => {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  };
  const pending = () => Math.max(unsentBytes, socket.bufferedAmount) + queueBytes;

  function flush(): void {
    if (closed || queue.length === 0) return;
    const message = queue.length === 1 ? (queue[0] ?? "") : `[${queue.join(",")}]`;
    const bytes = queueBytes;
    queue = [];
    queueBytes = 0;
    unsentBytes += bytes;
    socket.send(message, () => {
      unsentBytes -= bytes;
      if (pending() < LOW_BYTES) wake();
    });
  }

  return {
    flush,
    send(frame) {
      if (closed) return;
      const text = JSON.stringify(frame);
      const bytes = Buffer.byteLength(text) + 1;
      if (queue.length >= FRAMES_PER_MESSAGE_MAX || queueBytes + bytes > MESSAGE_BYTES_MAX) flush();
      queue.push(text);
      queueBytes += bytes;
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        flush();
      });
    },
    room() {
      if (closed || pending() < HIGH_BYTES) return undefined;
      return new Promise((resolve) => waiters.push(resolve));
    },
    close() {
      closed = true;
      queue = [];
      queueBytes = 0;
      wake();
    },
  };
}
