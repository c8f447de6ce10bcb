import { hash } from "node:crypto";
import { type Clock, coded, type FarError, priceMicro, priceWei, randomHex } from "#kernel";
import { type FundsPart, splitCharge } from "#ledger";
import type { Models, TextTokenizer } from "#models";
import type { Logger } from "#platform/log";
import type { OutboxEvent } from "#platform/outbox";
import type { GroupCommit } from "#platform/pg";
import type { Completion } from "./inference.ts";
import { deliveredBytes, isBreached, type LiveAttempt, type LiveChoice, type LiveTask } from "./live.ts";
import { canonicalJson } from "./model/canonical.ts";
import { chargedTokens, type Ending } from "./model/charge.ts";
import { believableTokens } from "./model/quote.ts";
import type { ReceiptPart } from "./receipt.ts";
import { type FinishRow, finishRow } from "./rows.ts";

const RETRY_MS = 500;
/** Longer texts are counted in pieces; a token cut in two counts twice, once in so many characters. */
const PIECE_CHARS = 16_384;
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

/** Who gets a charge; the parts sum to it exactly. */
export interface TaskSplit {
  nodes: { attempt: LiveAttempt; nodeId: string; owner: string; tokens: number; amountWei: bigint }[];
  operatorWei: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
  /** Mean of the nodes' scores by tokens, two decimals; the score of the only node in all but failed-over tasks. */
  score: number;
}

/** What a finished task comes to: tokens, charge and who gets it. */
export interface Bill {
  inputTokens: number;
  outputTokens: number;
  chargeWei: bigint;
  chargeMicro: bigint;
  split: TaskSplit | null;
}

/** Output tokens of some choices by the network's own count, or by what a claim may be believed for. */
function countOutput(
  models: Models,
  task: LiveTask,
  choices: readonly Pick<LiveChoice, "text" | "toolCalls" | "bytes">[],
  claim: number | null,
): number {
  const tokenizer = models.tokenizer(task.model.id);
  if (tokenizer === null)
    return believableTokens(
      claim,
      choices.reduce((n, c) => n + c.bytes, 0),
    );
  const text = (c: Pick<LiveChoice, "text" | "toolCalls">): string =>
    c.text + c.toolCalls.map((t) => t.function.name + t.function.arguments).join("");
  return choices.reduce((n, c) => n + countUpTo(tokenizer, text(c), task.maxTokens), 0);
}

/** A node decides how long and how odd its text is, and a tokenizer takes its time over a long one: so in pieces, and only up to `max`. */
function countUpTo(tokenizer: TextTokenizer, text: string, max: number): number {
  if (text.length <= PIECE_CHARS) return tokenizer.count(text);
  let tokens = 0;
  for (let at = 0; at < text.length && tokens < max; at += PIECE_CHARS)
    tokens += tokenizer.count(text.slice(at, at + PIECE_CHARS));
  return tokens;
}

interface Share {
  attempt: LiveAttempt;
  tokens: number;
}

/** Output tokens each attempt delivered. Only a single choice is ever continued, so text positions tell them apart. */
function sharesOf(models: Models, task: LiveTask, outputTokens: number): Share[] {
  if (task.kind === "embedding") {
    const attempt = task.attempts.at(-1);
    return attempt === undefined ? [] : [{ attempt, tokens: 1 }];
  }
  const delivered = task.attempts.filter((a) => a.bytes > 0);
  const only = delivered[0];
  if (delivered.length === 1 && only !== undefined && !isBreached(only))
    return [{ attempt: only, tokens: Math.max(1, outputTokens) }];
  const text = task.choices[0]?.text ?? "";
  const shares = delivered.map((attempt, i) => {
    const part = text.slice(attempt.textFrom, delivered[i + 1]?.textFrom ?? text.length);
    const choice = { text: part, toolCalls: [], bytes: Buffer.byteLength(part) };
    return { attempt, tokens: Math.max(1, countOutput(models, task, [choice], null)) };
  });
  return shares.filter(({ attempt }) => !isBreached(attempt));
}

export function billOf(models: Models, task: LiveTask, ending: Ending): Bill {
  const claim = task.attempts.at(-1)?.claim ?? null;
  // Words of an attempt that then broke the protocol stay in a stream that went on, but nobody pays for them.
  const tainted = task.attempts.some((a) => isBreached(a) && a.bytes > 0);
  const counted = tainted
    ? sharesOf(models, task, 0).reduce((n, share) => n + share.tokens, 0)
    : countOutput(models, task, task.choices, claim?.completionTokens ?? null);
  const delivered = {
    inputTokens: task.promptExact
      ? task.promptTokens
      : Math.min(task.promptTokens, believableTokens(claim?.promptTokens ?? null, task.promptBytes)),
    outputTokens: task.attempts.every((a) => a.bytes === 0 || isBreached(a))
      ? 0
      : Math.min(Math.max(counted, 1), task.maxTokens * task.choices.length),
    paidByInput: task.kind === "embedding",
  };
  const paid = chargedTokens(ending, delivered);
  const least = (a: bigint, b: bigint | undefined): bigint => (b === undefined || a < b ? a : b);
  // Within the reserve by construction; the minimum makes it true whatever a node claims.
  const chargeWei = least(priceWei(paid, task.model.prices, task.rate8), task.reserved[0]);
  const chargeMicro = least(priceMicro(paid, task.model.prices), task.reserved[1]);
  const tokens = {
    inputTokens: delivered.inputTokens,
    outputTokens: task.kind === "embedding" ? 0 : delivered.outputTokens,
  };
  if (chargeWei === 0n) return { ...tokens, chargeWei, chargeMicro: 0n, split: null };
  return { ...tokens, chargeWei, chargeMicro, split: splitOf(chargeWei, sharesOf(models, task, tokens.outputTokens)) };
}

function splitOf(chargeWei: bigint, shares: readonly Share[]): TaskSplit {
  const parts = splitCharge(
    chargeWei,
    shares.map(({ attempt, tokens }) => ({
      account: ownerAccount(attempt),
      outputTokens: tokens,
      score: attempt.node.score,
    })),
  );
  const nodes = shares.map(({ attempt, tokens }, i) => ({
    attempt,
    nodeId: attempt.node.nodeId,
    owner: attempt.node.ownerWallet,
    tokens,
    amountWei: parts.operators[i]?.amount ?? 0n,
  }));
  const weight = shares.reduce((n, s) => n + s.tokens, 0);
  const score = shares.reduce((n, s) => n + s.tokens * s.attempt.node.score, 0) / Math.max(weight, 1);
  return {
    nodes,
    operatorWei: nodes.reduce((n, part) => n + part.amountWei, 0n),
    stakersWei: parts.stakers,
    treasuryWei: parts.treasury,
    score: Math.round(score * 100) / 100,
  };
}

const ownerAccount = (attempt: LiveAttempt): string => `far:owner:${attempt.node.ownerWallet}`;

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
    nodes: split.nodes.map(({ nodeId, owner, tokens, amountWei }) => ({ nodeId, owner, tokens, amountWei })),
    model: task.model.id,
    manifestHash: task.model.manifestHash,
    inputTokens: bill.inputTokens,
    outputTokens: bill.outputTokens,
    inputMicro: task.model.prices.inputMicro,
    outputMicro: task.model.prices.outputMicro,
    rate8: task.rate8,
    score: split.score,
    chargeWei: bill.chargeWei,
    split: { operatorWei: split.operatorWei, stakersWei: split.stakersWei, treasuryWei: split.treasuryWei },
    requestHash: hashOf(task.request),
    responseHash: hashOf(task.choices.map((c) => ({ text: c.text, tool_calls: c.toolCalls, embedding: c.embedding }))),
    salt,
    createdAtMs: task.createdAtMs,
  };
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
