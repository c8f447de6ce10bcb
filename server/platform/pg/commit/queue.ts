import { setTimeout as sleep } from "node:timers/promises";
import { coded } from "#kernel";
import type { Job } from "./job.ts";

/** Units waiting or in flight, in order of arrival. */
export interface JobQueue {
  hasRoom(): boolean;
  add(job: Job): void;
  /** Waits for work, then takes up to `max`; null once closed and empty. */
  take(max: number): Promise<Job[] | null>;
  /** Puts jobs back in front after a lost connection; those that waited too long are given up. */
  back(jobs: readonly Job[], cause?: unknown): void;
  /** A job has ended: `tell` its submitter. */
  done(job: Job, tell: () => void): void;
  /** Waits between two tries to reach the database. */
  pause(ms: number): Promise<void>;
  depth(): number;
  drain(): Promise<void>;
  close(): void;
}

/** Turns of the event loop that a batch waits for more units, at most. */
const TURNS_MAX = 8;

const giveUp = (job: Job, cause: unknown): void =>
  job.reject(coded(job.inDoubt ? "outcome_unknown" : "database_unavailable", { retryAfterS: 2, cause }));

export function createQueue(limits: { queueMax: number; giveUpMs: number }): JobQueue {
  let waiting: Job[] = [];
  let depth = 0;
  let closed = false;
  let sleepers: (() => void)[] = [];
  let drained: (() => void)[] = [];

  const wake = (): void => {
    const woken = sleepers;
    sleepers = [];
    for (const resume of woken) resume();
  };

  function done(_job: Job, tell: () => void): void {
    depth -= 1;
    tell();
    if (depth > 0) return;
    const told = drained;
    drained = [];
    for (const resume of told) resume();
  }

  /**
   * Turns of the event loop, as long as each brings more: submitters answered by the last commit, and requests read together, join this
   * batch. A batch costs by its statements more than by its units. A lone unit waits two turns, in which nothing happens.
   */
  async function gather(max: number): Promise<void> {
    for (let turn = 0, before = -1; turn < TURNS_MAX && before < waiting.length && waiting.length < max; turn++) {
      before = waiting.length;
      await new Promise((resume) => setImmediate(resume));
    }
  }

  async function take(max: number): Promise<Job[] | null> {
    await gather(max);
    while (waiting.length === 0) {
      if (closed) return null;
      await new Promise<void>((resume) => sleepers.push(resume));
      await gather(max);
    }
    const taken = waiting.slice(0, max);
    waiting = waiting.slice(max);
    return taken;
  }

  function back(jobs: readonly Job[], cause?: unknown): void {
    waiting = [...jobs, ...waiting];
    const limit = performance.now() - limits.giveUpMs;
    if (jobs.length === 0) return;
    const old = waiting.filter((job) => job.queuedAtMs < limit);
    waiting = waiting.filter((job) => job.queuedAtMs >= limit);
    for (const job of old) done(job, () => giveUp(job, cause));
  }

  return {
    hasRoom: () => depth < limits.queueMax,
    add(job) {
      depth += 1;
      waiting.push(job);
      wake();
    },
    take,
    back,
    done,
    pause: (ms) => sleep(ms),
    depth: () => depth,
    drain: () => (depth === 0 ? Promise.resolve() : new Promise((resume) => drained.push(resume))),
    close() {
      closed = true;
      wake();
    },
  };
}
