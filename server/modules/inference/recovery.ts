import { coded } from "#kernel";
import type { Ledger } from "#ledger";
import type { Logger } from "#platform/log";
import { type Connection, type GroupCommit, openConnection, type Sql } from "#platform/pg";
import { finishedEvent } from "./finishedEvent.ts";
import type { FinishRow } from "./rows.ts";
import type { Store, Unfinished } from "./store.ts";

export interface RecoveryDeps {
  sql: Sql;
  store: Store;
  commits: GroupCommit;
  ledger: Ledger;
  processId: string;
  isLive: (taskId: string) => boolean;
  log: Logger;
}

/** Tasks this young are not looked at: their commit may be heard of before they are in memory. */
const OURS_MS = 60_000;

/**
 * Ends what a dead process had admitted. Every process holds a session advisory lock named after itself; whoever can take the lock of
 * another knows that it is gone, and voids its tasks. Nobody is charged for an answer whose end was not durable.
 */
export function createRecovery({ sql, store, commits, ledger, processId, isLive, log }: RecoveryDeps) {
  let held: Connection | null = null;

  async function isDead(process: string, cache: Map<string, boolean>): Promise<boolean> {
    const known = cache.get(process);
    if (known !== undefined) return known;
    const [row] = await sql<{ free: boolean }[]>`
      select not exists (select 1 from pg_locks where locktype = 'advisory' and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and ((classid::bigint << 32) | objid::bigint) = hashtextextended(${process}, 0)) as free`;
    const dead = row?.free === true;
    cache.set(process, dead);
    return dead;
  }

  async function abandon(task: Unfinished): Promise<void> {
    const { task_id: taskId, created_at: createdAt } = task;
    const error = coded("server_restarted");
    const row: FinishRow = {
      taskId,
      createdAtMs: createdAt.getTime(),
      nodeId: null,
      status: "failed",
      promptTokens: 0,
      tokensGenerated: 0,
      costFar: 0n,
      costUsd: 0n,
      costVcu: null,
      finishReason: null,
      errorCode: error.code,
      errorMessage: error.message,
      attempts: [],
      unpaid: [],
      startedAtMs: null,
      completedAtMs: Date.now(),
      queuedMs: null,
      firstTokenMs: null,
      responseMs: 0,
    };
    const event = finishedEvent({
      ...{ taskId, accountId: task.user_id, model: task.model_name, status: "failed", error: error.code },
      ...{ promptTokens: 0, completionTokens: 0, chargeWei: 0n, purpose: "user", rate8: BigInt(task.rate8) },
      ...{ stakersWei: 0n, treasuryWei: 0n, nodes: [] },
    });
    const open = await ledger.open([taskId]);
    // Without a reservation the ledger expired it already; only the row is left to close.
    const funds = open.length > 0 ? { funds: { kind: "void", id: taskId } } : {};
    const outcome = await commits.submit({ ...funds, task: { kind: "finish", row }, events: [event] });
    if (!outcome.ok) log.warn("abandoned task not closed", { error: outcome.error, taskId });
  }

  /** Takes this process's own lock, on a connection kept for it alone: the lock lives as long as its session. */
  async function claimProcess(): Promise<void> {
    held = await openConnection(sql);
    await held.tx`select pg_advisory_lock(hashtextextended(${processId}, 0))`;
  }

  /** After a restart of the database the lock is taken again. */
  async function keepClaim(): Promise<void> {
    if (held === null || !held.lost()) return;
    await held.close();
    await claimProcess();
  }

  return {
    claimProcess,

    async releaseProcess(): Promise<void> {
      await held?.close();
      held = null;
    },

    /** Voids the tasks of dead processes and closes those whose reservation expired. */
    async run(): Promise<number> {
      await ledger.expire(Date.now(), 1_000);
      await keepClaim();
      const dead = new Map<string, boolean>();
      let closed = 0;
      for (const task of await store.unfinished()) {
        if (isLive(task.task_id)) continue;
        // One of ours that is not in memory was given up, or is in the moment between its commit and its start.
        const ours = task.process_id === processId;
        if (ours ? Date.now() - task.created_at.getTime() < OURS_MS : !(await isDead(task.process_id, dead))) continue;
        await abandon(task);
        closed += 1;
      }
      if (closed > 0) log.info("tasks of a dead process voided", { closed });
      return closed;
    },
  };
}
