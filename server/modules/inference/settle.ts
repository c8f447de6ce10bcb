import { hash } from "node:crypto";
import { canonicalJson, type OutputChoice, outputText } from "@farlabs/protocol";
import { type Clock, coded, type FarError, randomHex } from "#kernel";
import type { FundsPart } from "#ledger";
import type { Models } from "#models";
import { addUnsettled } from "#nodes";
import type { Logger } from "#platform/log";
import type { OutboxEvent } from "#platform/outbox";
import type { GroupCommit } from "#platform/pg";
import { type BandTokens, type Bill, billOf, type PaidNode, type TaskSplit } from "./bill.ts";
import { type FinishedFacts, finishedEvent } from "./finishedEvent.ts";
import type { Completion } from "./inference.ts";
import { deliveredBytes, type LiveAttempt, type LiveTask } from "./live.ts";
import type { Ending } from "./model/charge.ts";
import { postLegs } from "./payment.ts";
import type { ReceiptPart } from "./receipt.ts";
import { type FinishRow, finishRow } from "./rows.ts";

const RETRY_MS = 500;
/** The database may be away this long at a task's end before the caller is told that we do not know. */
const GIVE_UP_MS = 90_000;

export interface SettleDeps {
  models: Models;
  bandTokens: BandTokens;
  commits: GroupCommit;
  clock: Clock;
  log: Logger;
  /** Seals and stores an answer the caller asked us to keep. */
  answerPart: (task: LiveTask, completion: Completion) => Promise<Record<string, unknown>>;
}

/** Settles ended tasks: one durable unit of funds, task, receipt and event. Who hears of it is the service's matter. */
export function createSettle({ models, bandTokens, commits, clock, log, answerPart }: SettleDeps) {
  function unitOf(task: LiveTask, bill: Bill, row: FinishRow, error: FarError | null): Record<string, unknown> {
    const status = row.status;
    return {
      funds: fundsPart(task, bill),
      task: { kind: "finish", row },
      ...(bill.split === null ? {} : { receipt: receiptPart(task, bill, bill.split) }),
      events: [eventOf(task, bill, status, error)],
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

  return async function settle(task: LiveTask, ending: Ending, error: FarError | null): Promise<Settled> {
    const bill = billOf({ tokenizer: models.tokenizer, bandTokens }, task, ending);
    // In the turn in which the attempt left the node's flight, so that its limit never looks free in between.
    const paid = bill.split?.nodes ?? [];
    countEarned(paid, 1n);
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
      asset: task.payment.asset,
      chargeVcu: bill.chargeVcu,
      error: error ?? (status === "cancelled" ? coded("task_cancelled") : null),
      delivered: deliveredBytes(task) > 0,
    };
    const row = finishRow(task, bill, completion, clock);
    const extra = { ...(await answerPart(task, completion)), ...(await (task.options.endParts?.(completion) ?? {})) };
    const durable = await submitUntilDurable(task, { ...unitOf(task, bill, row, completion.error), ...extra });
    if (durable) return { completion, bill };
    countEarned(paid, -1n);
    return { completion: unsettled(task), bill: null };
  };
}

/** The end of a task as its caller hears it, and what it came to; no bill when the end is not durable. */
export interface Settled {
  completion: Completion;
  bill: Bill | null;
}

function countEarned(paid: readonly PaidNode[], sign: 1n | -1n): void {
  for (const { attempt, amountWei } of paid) addUnsettled(attempt.node, sign * amountWei);
}

/** What the caller is told when the end is not durable: nothing was charged, and the reservation is voided later. */
export const unsettled = (task: LiveTask): Completion => ({
  taskId: task.id,
  status: "failed",
  choices: task.choices,
  promptTokens: 0,
  completionTokens: 0,
  chargeWei: 0n,
  chargeMicro: 0n,
  asset: task.payment.asset,
  chargeVcu: 0n,
  error: coded("internal_error"),
  delivered: deliveredBytes(task) > 0,
});

function fundsPart(task: LiveTask, bill: Bill): FundsPart {
  if (bill.split === null) return { kind: "void", id: task.id };
  return { kind: "post", id: task.id, legs: postLegs(task.payment, bill) };
}

function receiptPart(task: LiveTask, bill: Bill, split: TaskSplit): ReceiptPart {
  const salt = `0x${randomHex(16)}`;
  const hashOf = (value: unknown): string => `0x${hash("sha256", `${salt}:${canonicalJson(value)}`, "hex")}`;
  return {
    taskId: task.id,
    payerWallet: task.payment.payer,
    payerAccount: task.accountId,
    payerSalt: `0x${randomHex(16)}`,
    purpose: task.options.purpose ?? "user",
    nodes: split.nodes.map((n) => ({
      nodeId: n.nodeId,
      owner: n.owner,
      attempt: n.attempt.number,
      tokens: n.tokens,
      tokensClaimed: n.attempt.claim?.completionTokens ?? null,
      score: n.score,
      amountWei: n.amountWei,
      held: n.held,
      outputHash: `0x${hash("sha256", outputText(deliveredBy(task, n.attempt)), "hex")}`,
    })),
    model: task.model.id,
    manifestHash: task.model.manifestHash,
    inputTokens: bill.inputTokens,
    outputTokens: bill.outputTokens,
    inputMicro: task.model.prices.inputMicro,
    outputMicro: task.model.prices.outputMicro,
    rate8: task.rate8,
    asset: task.payment.asset,
    chargeWei: bill.chargeWei,
    chargeVcu: task.payment.asset === "VCU" ? bill.chargeVcu : null,
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

const eventOf = (task: LiveTask, bill: Bill, status: FinishedFacts["status"], error: FarError | null): OutboxEvent =>
  finishedEvent({
    ...{ taskId: task.id, accountId: task.accountId, model: task.model.id, status, error: error?.code ?? null },
    ...{ promptTokens: bill.inputTokens, completionTokens: bill.outputTokens, chargeWei: bill.chargeWei },
    ...{ purpose: task.options.purpose ?? "user", rate8: task.rate8, nodes: bill.split?.nodes ?? [] },
    ...{ stakersWei: bill.split?.stakersWei ?? 0n, treasuryWei: bill.split?.treasuryWei ?? 0n },
  });
