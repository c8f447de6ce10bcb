import type { Task, TaskAttempt } from "@farlabs/protocol";
import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import type { LiveTask } from "./live.ts";
import { attemptInfo } from "./rows.ts";

export interface TaskRow {
  task_id: string;
  user_id: string;
  node_id: string | null;
  model_name: string;
  kind: string;
  status: Task["status"];
  max_tokens: number;
  prompt_tokens: number;
  tokens_generated: number;
  quote_far: string;
  cost_far: string;
  cost_usd: string;
  asset: Task["asset"];
  cost_vcu: string | null;
  finish_reason: string | null;
  error_code: string | null;
  error_message: string | null;
  attempts: TaskAttempt[];
  created_at: Date;
  started_at: Date | null;
  completed_at: Date | null;
  queued_ms: number | null;
  first_token_ms: number | null;
  response_time_ms: number | null;
}

/** Reads of finished and admitted tasks. */
/** A task whose end was not written. */
export interface Unfinished {
  task_id: string;
  user_id: string;
  model_name: string;
  rate8: string;
  process_id: string;
  created_at: Date;
}

export function createStore(sql: Sql) {
  return {
    async one(taskId: string): Promise<TaskRow | null> {
      const [row] = await sql<TaskRow[]>`select * from inference.tasks where task_id = ${taskId}`;
      return row ?? null;
    },

    /** Newest first. @throws invalid_request for a cursor that is not ours */
    async page(
      accountId: string,
      { cursor, limit, status }: { cursor?: string; limit: number; status?: string },
    ): Promise<{ rows: TaskRow[]; next: string | null }> {
      const after = cursor === undefined ? null : parseCursor(cursor);
      const rows = await sql<TaskRow[]>`
        select * from inference.tasks
        where user_id = ${accountId}
          and ${after === null ? sql`true` : sql`(created_at, task_id) < (${after.at}, ${after.id})`}
          and ${status === undefined ? sql`true` : sql`status = ${status}`}
        order by created_at desc, task_id desc limit ${limit + 1}`;
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return { rows: page, next: last === undefined ? null : `${last.created_at.getTime()}.${last.task_id}` };
    },

    /** Unfinished tasks and the process that admitted each. */
    async unfinished(): Promise<Unfinished[]> {
      return sql<Unfinished[]>`
        select task_id, user_id, model_name, rate8, process_id, created_at from inference.tasks where status = 'pending' order by created_at limit 10000`;
    },

    async auditPage(
      after: string | null,
      limit: number,
    ): Promise<{ taskId: string; terminal: boolean; reservedWei: bigint; chargedWei: bigint }[]> {
      const rows = await sql<{ task_id: string; status: string; quote_far: string; cost_far: string }[]>`
        select task_id, status, quote_far, cost_far from inference.tasks where task_id > ${after ?? ""} order by task_id limit ${limit}`;
      return rows.map((r) => ({
        taskId: r.task_id,
        terminal: r.status !== "pending",
        reservedWei: BigInt(r.quote_far),
        chargedWei: BigInt(r.cost_far),
      }));
    },

    async answer(taskId: string): Promise<Buffer | null> {
      const [row] = await sql<
        { sealed: Buffer }[]
      >`select sealed from inference.answers where task_id = ${taskId} and expires_at > now()`;
      return row?.sealed ?? null;
    },

    async dropExpiredAnswers(): Promise<void> {
      await sql`delete from inference.answers where expires_at < now()`;
    },

    async ensurePartitions(): Promise<void> {
      await sql`select inference.ensure_partition((date_trunc('month', now()) + n * interval '1 month')::date) from generate_series(-1, 2) n`;
    },
  };
}
export type Store = ReturnType<typeof createStore>;

function parseCursor(cursor: string): { at: Date; id: string } {
  const match = /^(\d{1,15})\.([\w]{1,128})$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined)
    throw coded("invalid_request", { message: "This cursor is not one of ours.", param: "cursor" });
  return { at: new Date(Number(match[1])), id: match[2] };
}

export const rowToTask = (r: TaskRow): Task => ({
  task_id: r.task_id,
  model: r.model_name,
  kind: r.kind,
  status: r.status,
  node_id: r.node_id,
  max_tokens: r.max_tokens,
  prompt_tokens: r.prompt_tokens,
  tokens_generated: r.tokens_generated,
  quote: r.quote_far,
  cost_far: r.cost_far,
  cost_usd: r.cost_usd,
  asset: r.asset,
  cost_vcu: r.cost_vcu,
  finish_reason: r.finish_reason,
  error: r.error_code === null ? null : { code: r.error_code, message: r.error_message ?? "" },
  attempts: r.attempts,
  timings: { queued_ms: r.queued_ms, first_token_ms: r.first_token_ms, total_ms: r.response_time_ms },
  created_at: r.created_at.toISOString(),
  started_at: r.started_at?.toISOString() ?? null,
  completed_at: r.completed_at?.toISOString() ?? null,
});

/** A running task as it stands in this process's memory. */
export function liveToTask(t: LiveTask): Task {
  const since = (ms: number | null): number | null => (ms === null ? null : Math.round(ms - t.createdMs));
  return {
    task_id: t.id,
    model: t.model.id,
    kind: t.kind,
    status: t.status,
    node_id: t.attempt?.node.nodeId ?? null,
    max_tokens: t.maxTokens,
    prompt_tokens: t.promptTokens,
    tokens_generated: 0,
    quote: t.quoteWei.toString(),
    cost_far: "0",
    cost_usd: "0",
    asset: t.payment.asset,
    cost_vcu: t.payment.asset === "VCU" ? "0" : null,
    finish_reason: null,
    error: null,
    attempts: t.attempts.map((a) => attemptInfo(t, a, null)),
    timings: { queued_ms: since(t.assignedMs), first_token_ms: since(t.firstTokenMs), total_ms: null },
    created_at: new Date(t.createdAtMs).toISOString(),
    started_at: t.assignedMs === null ? null : new Date(t.createdAtMs + t.assignedMs - t.createdMs).toISOString(),
    completed_at: null,
  };
}
