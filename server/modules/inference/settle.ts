import { hash } from "node:crypto";
import { canonicalJson, type OutputChoice, outputText } from "@farlabs/protocol";
import { type Clock, coded, type FarError, randomHex } from "#kernel";
import type { FundsPart } from "#ledger";
import type { Models } from "#models";
import type { Logger } from "#platform/log";
import type { OutboxEvent } from "#platform/outbox";
import type { GroupCommit } from "#platform/pg";
import { type Bill, billOf, ownerAccount, type TaskSplit } from "./bill.ts";
import type { Completion } from "./inference.ts";
import { deliveredBytes, type LiveAttempt, type LiveTask } from "./live.ts";
import type { Ending } from "./model/charge.ts";
import type { ReceiptPart } from "./receipt.ts";
import { type FinishRow, finishRow } from "./rows.ts";

const RETRY_MS = 500;
/** The database may be away this long at a task's end before the caller is told that we do not know. */
const GIVE_UP_MS = 90_000;

export interface SettleDeps {
  models: Models;
  commits: GroupCommit;
  clock: Clock;
  log: Logger;
  /** Seals and stores an answer the caller asked us to keep. */
  answerPart: (task: LiveTask, completion: Completion) => Promise<Record<string, unknown>>;
}

/** Settles ended tasks: one durable unit of funds, task, receipt and event. Who hears of it is the service's matter. */
export function createSettle({ models, commits, clock, log, answerPart }: SettleDeps) {
  function unitOf(task: LiveTask, bill: Bill, row: FinishRow, error: FarError | null): Record<string, unknown> {
    const status = row.status;
    return {
      funds: fundsPart(task, bill),
      task: { kind: "finish", row },
      ...(bill.split === null ? {} : { receipt: receiptPart(task, bill, bill.split) }),
      events: [finishedEvent(task, bill, status, error)],
    };
  }

  async function submitUntilDurable(task: LiveTask, unit: Record<string, unknown>): Promise<boolean> {
    const giveUpAt = clock.monotonic() + GIVE_UP_MS;
    for (;;) {
      try {
        const outcome = await commits.submit(unit);
        if (outcome.ok) return true;
        // Expired or resolved elsewhere: the ledger's word stands.
        log.error("task's end refused by the ledger", { error: outcome.error, taskId: task.id });
        return false;
      } catch (err) {
        if (clock.monotonic() > giveUpAt) {
          log.error("task's end not durable; its reservation will expire", { error: err, taskId: task.id });
          return false;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  return async function settle(task: LiveTask, ending: Ending, error: FarError | null): Promise<Completion> {
    const bill = billOf(models, task, ending);
    const status =
      ending === "completed" || (ending === "overall_limit" && error === null)
        ? "completed"
        : ending === "cancelled"
          ? "cancelled"
          : "failed";
    const completion: Completion = {
      taskId: task.id,
      status,
      choices: task.choices,
      promptTokens: bill.inputTokens,
      completionTokens: bill.outputTokens,
      chargeWei: bill.chargeWei,
      chargeMicro: bill.chargeMicro,
      error: error ?? (status === "cancelled" ? coded("task_cancelled") : null),
      delivered: deliveredBytes(task) > 0,
    };
    const row = finishRow(task, bill, completion, clock);
    const extra = { ...(await answerPart(task, completion)), ...(await (task.options.endParts?.(completion) ?? {})) };
    const durable = await submitUntilDurable(task, { ...unitOf(task, bill, row, completion.error), ...extra });
    return durable ? completion : unsettled(completion);
  };
}

/** What the caller is told when the end is not durable: nothing was charged, and the reservation is voided later. */
export const unsettled = (completion: Pick<Completion, "taskId" | "choices" | "delivered">): Completion => ({
  taskId: completion.taskId,
  status: "failed",
  choices: completion.choices,
  promptTokens: 0,
  completionTokens: 0,
  chargeWei: 0n,
  chargeMicro: 0n,
  error: coded("internal_error"),
  delivered: completion.delivered,
});

function fundsPart(task: LiveTask, bill: Bill): FundsPart {
  if (bill.split === null) return { kind: "void", id: task.id };
  const to = [
    ...bill.split.nodes.map((n) => ({ account: ownerAccount(n.attempt), amount: n.amountWei })),
    { account: "far:pool:stakers", amount: bill.split.stakersWei },
    { account: "far:pool:treasury", amount: bill.split.treasuryWei },
  ];
  const legs = [{ account: `far:wallet:${task.wallet}`, to: to.filter((t) => t.amount > 0n) }];
  const cap = task.principal.capAccount;
  if (cap !== null && bill.chargeMicro > 0n)
    legs.push({ account: cap, to: [{ account: "usd:spent", amount: bill.chargeMicro }] });
  return { kind: "post", id: task.id, legs };
}

function receiptPart(task: LiveTask, bill: Bill, split: TaskSplit): ReceiptPart {
  const salt = `0x${randomHex(16)}`;
  const hashOf = (value: unknown): string => `0x${hash("sha256", `${salt}:${canonicalJson(value)}`, "hex")}`;
  return {
    taskId: task.id,
    payerWallet: task.wallet,
    payerAccount: task.accountId,
    purpose: "user",
    nodes: split.nodes.map((n) => ({
      nodeId: n.nodeId,
      owner: n.owner,
      attempt: n.attempt.number,
      tokens: n.tokens,
      tokensClaimed: n.attempt.claim?.completionTokens ?? null,
      score: n.attempt.node.score,
      amountWei: n.amountWei,
      held: false,
      outputHash: `0x${hash("sha256", outputText(deliveredBy(task, n.attempt)), "hex")}`,
    })),
    model: task.model.id,
    manifestHash: task.model.manifestHash,
    inputTokens: bill.inputTokens,
    outputTokens: bill.outputTokens,
    inputMicro: task.model.prices.inputMicro,
    outputMicro: task.model.prices.outputMicro,
    rate8: task.rate8,
    asset: "FAR",
    chargeWei: bill.chargeWei,
    chargeVcu: null,
    split: { operatorWei: split.operatorWei, stakersWei: split.stakersWei, treasuryWei: split.treasuryWei },
    requestHash: hashOf(task.request),
    responseHash: hashOf(task.choices.map((c) => ({ text: c.text, tool_calls: c.toolCalls, embedding: c.embedding }))),
    salt,
    createdAtMs: task.createdAtMs,
  };
}

/** An attempt's own part of the answer. Only a single choice of plain text is ever continued, so what is no text came with the last. */
function deliveredBy(task: LiveTask, attempt: LiveAttempt): readonly OutputChoice[] {
  const delivered = task.attempts.filter((a) => a.bytes > 0);
  const [first] = task.choices;
  if (delivered.length < 2 || first === undefined) return task.choices;
  const next = delivered[delivered.indexOf(attempt) + 1];
  const text = first.text.slice(attempt.textFrom, next?.textFrom);
  return [{ text, toolCalls: next === undefined ? first.toolCalls : [], embedding: null }];
}

function finishedEvent(task: LiveTask, bill: Bill, status: string, error: FarError | null): OutboxEvent {
  return {
    topic: "inference.task_finished",
    payload: {
      task_id: task.id,
      account_id: task.accountId,
      model: task.model.id,
      status,
      error: error?.code ?? null,
      prompt_tokens: bill.inputTokens,
      completion_tokens: bill.outputTokens,
      charge: bill.chargeWei.toString(),
      nodes:
        bill.split?.nodes.map((n) => ({ node_id: n.nodeId, owner: n.owner, amount: n.amountWei.toString() })) ?? [],
    },
  };
}
