import { coded } from "#kernel";
import { type BatchResult, runBatch } from "./commit/batch.ts";
import { type Connection, openConnection } from "./commit/connection.ts";
import { has } from "./commit/decide.ts";
import { GO, type Job, type Registered, settle } from "./commit/job.ts";
import type { Contributor, GroupCommit, GroupCommitOptions, Outcome, Unit } from "./commit.ts";
import type { Sql } from "./connect.ts";
import "./errors.ts";
import { createQueue } from "./commit/queue.ts";

/** Deadlock, serialization, lock timeout, statement timeout: passing causes, worth another try. */
const passing = new Set(["40P01", "40001", "55P03"]);
const RETRIES_MAX = 3;

const isPassing = (error: unknown): boolean => passing.has(String((error as { code?: unknown }).code));

/**
 * The group commit of this process, described in commit.ts. `sql` gives the connection settings; the transactions run on connections
 * of their own.
 */
export function createGroupCommit(sql: Sql, options: GroupCommitOptions = {}): GroupCommit {
  const { batchMax = 512, inFlight = 1, queueMax = 10_000, giveUpMs = 10_000, onBatch } = options;
  const contributors: Registered[] = [];
  const queue = createQueue({ queueMax, giveUpMs });

  async function run(connection: Connection, jobs: readonly Job[]): Promise<BatchResult> {
    const from = performance.now();
    const result = await runBatch(connection, jobs, contributors);
    onBatch?.({ units: jobs.length, durationMs: performance.now() - from, result: result.kind });
    if (result.kind === "committed") {
      for (const { name, contributor } of contributors) {
        if (contributor.onCommitted !== undefined && jobs.some((job) => has(job, name))) contributor.onCommitted();
      }
      for (const job of jobs) queue.done(job, () => settle(job));
    } else if (result.kind === "lost") {
      for (const job of jobs) job.inDoubt ||= result.commitSent;
    }
    return result;
  }

  /** Unit by unit, so that a bad one harms only itself. @returns the jobs left over when the connection was lost on the way */
  async function runSingly(connection: Connection, jobs: readonly Job[]): Promise<readonly Job[]> {
    for (const [index, job] of jobs.entries()) {
      for (;;) {
        const result = await run(connection, [job]);
        if (result.kind === "lost") return jobs.slice(index);
        if (result.kind === "committed") break;
        if (!isPassing(result.error) || job.retries++ >= RETRIES_MAX) {
          queue.done(job, () => job.reject(result.error));
          break;
        }
      }
    }
    return [];
  }

  /** @returns the jobs to be submitted again on another connection */
  async function carryOut(connection: Connection, jobs: readonly Job[]): Promise<readonly Job[]> {
    if (jobs.length === 1) return runSingly(connection, jobs);
    const result = await run(connection, jobs);
    if (result.kind === "lost") return jobs;
    return result.kind === "failed" ? runSingly(connection, jobs) : [];
  }

  /** One lane: a connection, and batch after batch on it. */
  async function lane(): Promise<void> {
    let connection: Connection | null = null;
    let failures = 0;
    for (;;) {
      const jobs = await queue.take(batchMax);
      if (jobs === null) break;
      try {
        connection ??= await openConnection(sql);
        const left = await carryOut(connection, jobs);
        failures = left.length > 0 ? failures + 1 : 0;
        if (left.length > 0 || connection.lost()) {
          const spoilt = connection;
          connection = null;
          await spoilt.close();
        }
        queue.back(left);
      } catch (error) {
        failures += 1;
        queue.back(jobs, error);
      }
      if (failures > 0) await queue.pause(Math.min(1_000, 10 * 2 ** failures) * (0.5 + Math.random() / 2));
    }
    await connection?.close();
  }

  const lanes = Array.from({ length: inFlight }, lane);

  function register<Part, Out>(part: string, contributor: Contributor<Part, Out>): void {
    if (contributors.some((c) => c.name === part)) throw new Error(`the part ${part} has a contributor already`);
    contributors.push({ name: part, contributor: contributor as unknown as Registered["contributor"] });
  }

  function submit(unit: Unit): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      for (const name of Object.keys(unit)) {
        if (!contributors.some((c) => c.name === name))
          throw new Error(`no contributor is registered for the part ${name}`);
      }
      if (!queue.hasRoom()) throw coded("overloaded", { retryAfterS: 1 });
      queue.add({
        unit,
        queuedAtMs: performance.now(),
        resolve,
        reject,
        verdict: GO,
        out: {},
        inDoubt: false,
        retries: 0,
      });
    });
  }

  async function close(): Promise<void> {
    await queue.drain();
    queue.close();
    await Promise.all(lanes);
  }

  return { register, submit, depth: queue.depth, drain: queue.drain, close };
}
