import { numberArray, type Sql, type Statement, type Tx, textArray } from "#platform/pg";
import type { UnpaidAttempt, UnpaidPage } from "./inference.ts";

/** One attempt that earned nothing. Those that earned stand on receipts, so that an ordinary task writes no row here. */
export interface UnpaidRow {
  nodeId: string;
  taskId: string;
  attempt: number;
  model: string;
  reason: string;
  bytes: number;
  startedAtMs: number;
  endedAtMs: number;
}

export const insertUnpaid = (tx: Tx, r: readonly UnpaidRow[]): Statement =>
  tx`
    insert into inference.unpaid_attempts (node_id, task_id, attempt, model_name, reason, bytes, started_at, ended_at)
    select node_id, task_id, attempt, model_name, reason, bytes, to_timestamp(started_ms / 1000.0), to_timestamp(ended_ms / 1000.0)
    from unnest(
      ${textArray(r.map((x) => x.nodeId))}::text[], ${textArray(r.map((x) => x.taskId))}::text[],
      ${numberArray(r.map((x) => x.attempt))}::int[], ${textArray(r.map((x) => x.model))}::text[],
      ${textArray(r.map((x) => x.reason))}::text[], ${numberArray(r.map((x) => x.bytes))}::int8[],
      ${numberArray(r.map((x) => x.startedAtMs))}::float8[], ${numberArray(r.map((x) => x.endedAtMs))}::float8[]
    ) as r(node_id, task_id, attempt, model_name, reason, bytes, started_ms, ended_ms)
    on conflict (task_id, attempt) do nothing`;

interface Row {
  task_id: string;
  attempt: number;
  model_name: string;
  reason: string;
  bytes: string;
  started_at: Date;
  ended_at: Date;
}

/** Reads of attempts that earned nothing. */
export function createUnpaid(sql: Sql) {
  return {
    async page(nodeId: string, { before, limit }: UnpaidPage): Promise<UnpaidAttempt[]> {
      const older =
        before === null
          ? sql`true`
          : sql`(ended_at, task_id, attempt) < (${new Date(before.atMs)}, ${before.taskId}, ${before.attempt})`;
      const rows = await sql<Row[]>`
        select task_id, attempt, model_name, reason, bytes, started_at, ended_at from inference.unpaid_attempts
        where node_id = ${nodeId} and ${older}
        order by ended_at desc, task_id desc, attempt desc limit ${limit}`;
      return rows.map((r) => ({
        taskId: r.task_id,
        attempt: r.attempt,
        model: r.model_name,
        reason: r.reason,
        bytes: Number(r.bytes),
        startedAt: r.started_at,
        endedAt: r.ended_at,
      }));
    },

    outcomes(nodeId: string, sinceMs: number): Promise<{ reason: string; attempts: number }[]> {
      return sql<{ reason: string; attempts: number }[]>`
        select reason, count(*)::int as attempts from inference.unpaid_attempts
        where node_id = ${nodeId} and ended_at >= ${new Date(sinceMs)} group by reason order by attempts desc, reason`;
    },

    async dropOld(): Promise<void> {
      await sql`delete from inference.unpaid_attempts where ended_at < now() - interval '90 days'`;
    },
  };
}
