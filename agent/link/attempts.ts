/**
 * What the agent remembers of the attempts it was given, so that a cut connection loses nothing.
 *
 * An attempt is *running* from `accept` to its `result` or `fail`, then *finished*, kept for {@link KEEP_FINISHED_MS} because the end
 * may have been sent into a dead line. `resume` of a new connection either names it — its chunks are sent again from `nextSeq` on —
 * or does not, and it is aborted and forgotten.
 */
import type { AgentFrame, ChunkFrame, FailFrame, ResultFrame } from "@farlabs/protocol";

export const KEEP_FINISHED_MS = 60_000;
export const KEEP_FINISHED_MAX = 512;
/** Chunks kept of one attempt; the oldest are dropped beyond it, and a resume that needs them fails. */
const ATTEMPT_BYTES_MAX = 32 * 1_048_576;
/** Chunks kept of all finished attempts together. */
const FINISHED_BYTES_MAX = 128 * 1_048_576;

export interface AttemptRef {
  taskId: string;
  attempt: number;
}
export interface Attempt extends AttemptRef {
  readonly abort: AbortController;
  /** Frees the slot; called once, when the attempt ends or is forgotten. */
  readonly release: () => void;
  chunks: { frame: ChunkFrame; bytes: number }[];
  bytes: number;
  nextSeq: number;
  end?: ResultFrame | FailFrame;
  endedAtMs?: number;
}
export interface Resume extends AttemptRef {
  nextSeq: number;
}

export interface Attempts {
  get(taskId: string): Attempt | undefined;
  open(ref: AttemptRef, release: () => void): Attempt;
  /** Numbers and keeps a chunk. */
  append(attempt: Attempt, chunk: Omit<ChunkFrame, "type" | "taskId" | "attempt" | "seq">): ChunkFrame;
  /** Ends an attempt and frees its slot. False if it had ended or was forgotten: then nothing more is to be said about it. */
  finish(attempt: Attempt, end: ResultFrame | FailFrame): boolean;
  /** Aborts what the network no longer waits for, and lists what has to be sent again, in order. */
  resume(named: Resume[]): AgentFrame[];
  /** Aborts everything. */
  abortAll(): void;
  /** Attempts whose chunks are still here, oldest first. */
  refs(): AttemptRef[];
  running(): number;
}

/** Near enough for a bound, without writing the frame out twice. */
const roughBytes = ({ delta, tokenIds, logprobs }: ChunkFrame): number =>
  200 +
  (tokenIds?.length ?? 0) * 8 +
  (delta.content?.length ?? 0) * 2 +
  (delta.content === undefined || logprobs !== undefined ? JSON.stringify([delta, logprobs]).length : 0);

/** @param now - milliseconds */
export function createAttempts(now: () => number = Date.now): Attempts {
  /** One attempt a task, the newest; insertion order is age. */
  const byTask = new Map<string, Attempt>();

  /** Oldest end first. */
  const finished = new Set<Attempt>();
  let finishedBytes = 0;

  function forget(attempt: Attempt): void {
    if (byTask.get(attempt.taskId) === attempt) byTask.delete(attempt.taskId);
    if (finished.delete(attempt)) finishedBytes -= attempt.bytes;
    attempt.abort.abort();
    if (!attempt.end) attempt.release();
    attempt.chunks = [];
  }
  function prune(): void {
    for (const attempt of finished) {
      const old = (attempt.endedAtMs ?? 0) + KEEP_FINISHED_MS < now();
      if (!old && finished.size <= KEEP_FINISHED_MAX && finishedBytes <= FINISHED_BYTES_MAX) return;
      forget(attempt);
    }
  }
  function replay(named: Resume, attempt: Attempt): AgentFrame[] {
    const first = attempt.chunks[0]?.frame.seq ?? attempt.nextSeq;
    if (named.nextSeq > attempt.nextSeq || named.nextSeq < first) {
      const { taskId, attempt: number } = attempt;
      forget(attempt);
      return [
        { type: "fail", taskId, attempt: number, code: "aborted", message: "the chunks asked for are no longer kept" },
      ];
    }
    const before = attempt.bytes;
    attempt.chunks = attempt.chunks.filter((c) => c.frame.seq >= named.nextSeq);
    attempt.bytes = attempt.chunks.reduce((sum, c) => sum + c.bytes, 0);
    if (finished.has(attempt)) finishedBytes -= before - attempt.bytes;
    return [...attempt.chunks.map((c) => c.frame), ...(attempt.end ? [attempt.end] : [])];
  }

  return {
    get: (taskId) => byTask.get(taskId),
    open(ref, release) {
      prune();
      const older = byTask.get(ref.taskId);
      if (older) forget(older);
      const attempt: Attempt = { ...ref, abort: new AbortController(), release, chunks: [], bytes: 0, nextSeq: 0 };
      byTask.set(ref.taskId, attempt);
      return attempt;
    },
    append(attempt, chunk) {
      const { taskId, attempt: number } = attempt;
      const frame: ChunkFrame = { type: "chunk", taskId, attempt: number, seq: attempt.nextSeq, ...chunk };
      const bytes = roughBytes(frame);
      attempt.nextSeq += 1;
      attempt.bytes += bytes;
      attempt.chunks.push({ frame, bytes });
      while (attempt.bytes > ATTEMPT_BYTES_MAX) attempt.bytes -= attempt.chunks.shift()?.bytes ?? attempt.bytes;
      return frame;
    },
    finish(attempt, end) {
      if (attempt.end || byTask.get(attempt.taskId) !== attempt) return false;
      attempt.release();
      attempt.end = end;
      attempt.endedAtMs = now();
      finished.add(attempt);
      finishedBytes += attempt.bytes;
      prune();
      return true;
    },
    resume(named) {
      prune();
      const wanted = new Map(named.map((n) => [n.taskId, n]));
      for (const attempt of [...byTask.values()])
        if (wanted.get(attempt.taskId)?.attempt !== attempt.attempt) forget(attempt);
      return named.flatMap((n) => {
        const attempt = byTask.get(n.taskId);
        if (attempt && attempt.attempt === n.attempt) return replay(n, attempt);
        return [
          { type: "fail", taskId: n.taskId, attempt: n.attempt, code: "aborted", message: "not running here" } as const,
        ];
      });
    },
    abortAll() {
      for (const attempt of [...byTask.values()]) forget(attempt);
    },
    refs() {
      prune();
      return [...byTask.values()].map(({ taskId, attempt }) => ({ taskId, attempt }));
    },
    running: () => byTask.size - finished.size,
  };
}
