import type { TaskAttempt } from "@farlabs/protocol";
import type { Clock } from "#kernel";
import type { FundsOut } from "#ledger";
import { riskGwei } from "#nodes";
import { type Contributor, jsonArray, numberArray, type Statement, type Tx, textArray } from "#platform/pg";
import type { Bill } from "./bill.ts";
import type { Completion } from "./inference.ts";
import { isPaidByInput, type LiveAttempt, type LiveTask } from "./live.ts";
import { affordable, largestShare, quote } from "./model/quote.ts";
import { reservedOf } from "./payment.ts";
import { insertUnpaid, type UnpaidRow } from "./unpaid.ts";

export interface AdmitRow {
  task: LiveTask;
  processId: string;
}
export interface FinishRow {
  taskId: string;
  createdAtMs: number;
  nodeId: string | null;
  status: "completed" | "failed" | "cancelled";
  promptTokens: number;
  tokensGenerated: number;
  costFar: bigint;
  costUsd: bigint;
  /** Units; null where the payer pays in FAR. */
  costVcu: bigint | null;
  finishReason: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  attempts: TaskAttempt[];
  unpaid: readonly UnpaidRow[];
  startedAtMs: number | null;
  completedAtMs: number;
  queuedMs: number | null;
  firstTokenMs: number | null;
  responseMs: number;
}
/** The group-commit part `task`. */
export type TaskPart = { kind: "admit"; row: AdmitRow } | { kind: "finish"; row: FinishRow };

/** Reads what the ledger set aside for the same unit and fixes what it pays for, before the row is written. */
function applyReserve(task: LiveTask, out: FundsOut | undefined): void {
  if (out === undefined) return;
  task.payment = task.payments[out.otherwise ? 1 : 0] ?? task.payment;
  task.reserved = reservedOf(task.payment, out.reserved);
  task.riskWei = largestShare(task.reserved.wei);
  task.riskGwei = riskGwei(task.riskWei);
  if (isPaidByInput(task.kind)) return;
  const q = {
    prices: task.model.prices,
    rate8: task.rate8,
    promptTokens: task.promptTokens,
    choices: task.choices.length,
  };
  task.maxTokens = affordable(q, task.reserved, task.maxTokens);
  task.quoteWei = quote({ ...q, maxTokens: task.maxTokens }).wei;
}

/** Contributor for the part `task`; registered after `funds`, whose decision it reads. */
export function taskContributor(): Contributor<TaskPart> {
  return {
    decide(entries) {
      for (const entry of entries)
        if (!entry.skipped && entry.part.kind === "admit")
          applyReserve(entry.part.row.task, entry.outs.funds as FundsOut | undefined);
    },
    write(tx, entries) {
      const admits: AdmitRow[] = [];
      const ends: FinishRow[] = [];
      for (const { part } of entries) {
        if (part.kind === "admit") admits.push(part.row);
        else ends.push(part.row);
      }
      const statements: Statement[] = [];
      if (admits.length > 0) statements.push(insertTasks(tx, admits));
      if (ends.length > 0) statements.push(finishTasks(tx, ends));
      const unpaid = ends.flatMap((end) => end.unpaid);
      if (unpaid.length > 0) statements.push(insertUnpaid(tx, unpaid));
      return statements;
    },
  };
}

const nullable = (values: readonly (number | null)[]): string =>
  textArray(values.map((v) => (v === null ? null : String(v))));

function insertTasks(tx: Tx, rows: readonly AdmitRow[]): Statement {
  const t = rows.map((r) => r.task);
  return tx`
    insert into inference.tasks (task_id, user_id, model_name, kind, status, max_tokens, temperature, prompt_tokens, wallet, asset, key_id,
                                 rate8, quote_far, process_id, created_at)
    select task_id, user_id, model_name, kind, 'pending', max_tokens, temperature, prompt_tokens, wallet, asset, key_id, rate8, quote_far,
           process_id, to_timestamp(created_ms / 1000.0)
    from unnest(
      ${textArray(t.map((x) => x.id))}::text[], ${textArray(t.map((x) => x.accountId))}::text[], ${textArray(t.map((x) => x.model.id))}::text[],
      ${textArray(t.map((x) => x.kind))}::text[], ${numberArray(t.map((x) => x.maxTokens))}::int[],
      ${nullable(t.map((x) => x.request.temperature ?? null))}::real[], ${numberArray(t.map((x) => x.promptTokens))}::int[],
      ${textArray(t.map((x) => x.payment.payer))}::text[], ${textArray(t.map((x) => x.payment.asset))}::text[],
      ${textArray(t.map((x) => x.principal.keyId))}::text[],
      ${numberArray(t.map((x) => x.rate8))}::numeric[], ${numberArray(t.map((x) => x.quoteWei))}::numeric[],
      ${textArray(rows.map((r) => r.processId))}::text[], ${numberArray(t.map((x) => x.createdAtMs))}::float8[]
    ) as r(task_id, user_id, model_name, kind, max_tokens, temperature, prompt_tokens, wallet, asset, key_id, rate8, quote_far, process_id,
           created_ms)`;
}

function finishTasks(tx: Tx, r: readonly FinishRow[]): Statement {
  return tx`
    update inference.tasks t set
      node_id = r.node_id, status = r.status, prompt_tokens = r.prompt_tokens, tokens_generated = r.tokens_generated, cost_far = r.cost_far,
      cost_usd = r.cost_usd, cost_vcu = r.cost_vcu, finish_reason = r.finish_reason, error_code = r.error_code, error_message = r.error_message,
      attempts = r.attempts::json, started_at = to_timestamp(r.started_ms / 1000.0), completed_at = to_timestamp(r.completed_ms / 1000.0),
      queued_ms = r.queued_ms, first_token_ms = r.first_token_ms, response_time_ms = r.response_ms
    from unnest(
      ${textArray(r.map((x) => x.taskId))}::text[], ${numberArray(r.map((x) => x.createdAtMs))}::float8[],
      ${textArray(r.map((x) => x.nodeId))}::text[], ${textArray(r.map((x) => x.status))}::text[],
      ${numberArray(r.map((x) => x.promptTokens))}::int[], ${numberArray(r.map((x) => x.tokensGenerated))}::int[],
      ${numberArray(r.map((x) => x.costFar))}::numeric[], ${numberArray(r.map((x) => x.costUsd))}::numeric[],
      ${textArray(r.map((x) => x.costVcu?.toString() ?? null))}::numeric[],
      ${textArray(r.map((x) => x.finishReason))}::text[], ${textArray(r.map((x) => x.errorCode))}::text[],
      ${textArray(r.map((x) => x.errorMessage))}::text[], ${jsonArray(r.map((x) => x.attempts))}::text[],
      ${nullable(r.map((x) => x.startedAtMs))}::float8[], ${numberArray(r.map((x) => x.completedAtMs))}::float8[],
      ${nullable(r.map((x) => x.queuedMs))}::int[], ${nullable(r.map((x) => x.firstTokenMs))}::int[],
      ${numberArray(r.map((x) => x.responseMs))}::int[]
    ) as r(task_id, created_ms, node_id, status, prompt_tokens, tokens_generated, cost_far, cost_usd, cost_vcu, finish_reason, error_code,
           error_message, attempts, started_ms, completed_ms, queued_ms, first_token_ms, response_ms)
    where t.task_id = r.task_id and t.created_at = to_timestamp(r.created_ms / 1000.0)::timestamptz(3) and t.status = 'pending'`;
}

export function finishRow(task: LiveTask, bill: Bill, completion: Completion, clock: Clock): FinishRow {
  const now = clock.now();
  const since = (ms: number | null): number | null => (ms === null ? null : Math.round(ms - task.createdMs));
  const startedMs = task.assignedMs === null ? null : task.createdAtMs + (task.assignedMs - task.createdMs);
  return {
    taskId: task.id,
    createdAtMs: task.createdAtMs,
    nodeId: task.attempts.at(-1)?.node.nodeId ?? null,
    status: completion.status,
    promptTokens: bill.inputTokens,
    tokensGenerated: bill.outputTokens,
    costFar: bill.chargeWei,
    costUsd: bill.chargeMicro,
    costVcu: task.payment.asset === "VCU" ? bill.chargeVcu : null,
    finishReason: task.choices[0]?.finishReason ?? null,
    errorCode: completion.error?.code ?? null,
    errorMessage: completion.error?.message ?? null,
    attempts: task.attempts.map((a) => attemptInfo(task, a, bill)),
    unpaid: unpaidOf(task, bill),
    startedAtMs: startedMs,
    completedAtMs: now,
    queuedMs: since(task.assignedMs),
    firstTokenMs: since(task.firstTokenMs),
    responseMs: Math.round(clock.monotonic() - task.createdMs),
  };
}

/** One attempt as its task shows it: what it delivered, what it was paid, and otherwise why not. */
export function attemptInfo(task: LiveTask, a: LiveAttempt, bill: Bill | null): TaskAttempt {
  const paid = bill?.split?.nodes.find((n) => n.attempt === a) ?? null;
  const delivered = a.bytes > 0 || (isPaidByInput(task.kind) && a.end === "delivered");
  return {
    attempt: a.number,
    node_id: a.node.nodeId,
    status: attemptStatus(a, delivered),
    tokens: paid?.tokens ?? 0,
    paid: (paid?.amountWei ?? 0n).toString(),
    reason: bill === null || paid !== null ? endOf(a) : whyUnpaid(a, bill),
    started_at: a.startedAt.toISOString(),
    first_token_ms: a.firstChunkMs === null ? null : Math.round(a.firstChunkMs - a.startedMs),
    ended_at: a.endedAt?.toISOString() ?? null,
  };
}

const endOf = (a: LiveAttempt): string | null => (a.end === "delivered" ? null : a.end);

/** Why an ended attempt earned nothing: its end, or what was wrong with an answer that came whole. */
function whyUnpaid(a: LiveAttempt, bill: Bill): string | null {
  const end = endOf(a);
  if (end !== null || a.end === null) return end;
  if (bill.chargeWei > 0n) return "rounded_to_zero";
  return bill.outputTokens === 0 ? "empty_answer" : "no_charge";
}

function unpaidOf(task: LiveTask, bill: Bill): UnpaidRow[] {
  return task.attempts.flatMap((a) => {
    const earned = bill.split?.nodes.some((n) => n.attempt === a && n.amountWei > 0n) === true;
    const reason = earned ? null : whyUnpaid(a, bill);
    if (reason === null) return [];
    return [
      {
        nodeId: a.node.nodeId,
        taskId: task.id,
        attempt: a.number,
        model: task.model.id,
        reason,
        bytes: a.bytes,
        startedAtMs: a.startedAt.getTime(),
        endedAtMs: (a.endedAt ?? a.startedAt).getTime(),
      },
    ];
  });
}

function attemptStatus(a: LiveAttempt, delivered: boolean): TaskAttempt["status"] {
  if (a.end === null) return "running";
  if (a.end === "delivered") return "delivered";
  if (a.end === "refused") return "refused";
  return delivered ? "partial" : "failed";
}
