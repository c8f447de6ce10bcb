import { priceMicro, priceVcu, priceWei } from "#kernel";
import { accountIds, splitCharge } from "#ledger";
import type { Models, TextTokenizer } from "#models";
import { isBreached, isPaidByInput, type LiveAttempt, type LiveChoice, type LiveTask } from "./live.ts";
import { chargedTokens, type Ending } from "./model/charge.ts";
import { believableTokens } from "./model/quote.ts";

/** Longer texts are counted in pieces; a token cut in two counts twice, once in so many characters. */
const PIECE_CHARS = 16_384;

/** Who gets a charge; the parts sum to it exactly. */
export interface TaskSplit {
  nodes: PaidNode[];
  operatorWei: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
}

/** One attempt's part of a charge. `held`: earned into the stake of a node that has not made the minimum. */
export interface PaidNode {
  attempt: LiveAttempt;
  nodeId: string;
  owner: string;
  tokens: number;
  amountWei: bigint;
  /** Ledger account that it earns on. */
  account: string;
  held: boolean;
  score: number;
}

/** What a finished task comes to: tokens, charge and who gets it. */
export interface Bill {
  inputTokens: number;
  outputTokens: number;
  chargeWei: bigint;
  chargeMicro: bigint;
  /** Units of VCU; 0 unless the payer pays in them. */
  chargeVcu: bigint;
  split: TaskSplit | null;
}

/** Output tokens that may be believed of a node's claim by the bytes per token of other owners' nodes; null where none were measured. */
export type BandTokens = (of: { model: string; owner: string; claim: number; bytes: number }) => number | null;

/** By what output is counted: the manifest's tokenizer, else a claim within the measured band. */
export interface Counting {
  tokenizer: Models["tokenizer"];
  bandTokens: BandTokens;
}

/** Output tokens of some choices by the network's own count, or by what a claim may be believed for. */
function countOutput(
  counting: Counting,
  task: LiveTask,
  choices: readonly Pick<LiveChoice, "text" | "toolCalls" | "bytes">[],
  claim: number | null,
): number {
  const tokenizer = counting.tokenizer(task.model.id);
  if (tokenizer === null) {
    const bytes = choices.reduce((n, c) => n + c.bytes, 0);
    const owner = task.attempts.at(-1)?.node.ownerWallet ?? "";
    const banded = claim === null ? null : counting.bandTokens({ model: task.model.id, owner, claim, bytes });
    return banded ?? believableTokens(claim, bytes);
  }
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
function sharesOf(counting: Counting, task: LiveTask, outputTokens: number): Share[] {
  if (isPaidByInput(task.kind)) {
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
    return { attempt, tokens: Math.max(1, countOutput(counting, task, [choice], null)) };
  });
  return shares.filter(({ attempt }) => !isBreached(attempt));
}

/** Tokens, charge and split of an ended task: the table of docs/billing.md over the network's own count. */
export function billOf(counting: Counting, task: LiveTask, ending: Ending): Bill {
  const claim = task.attempts.at(-1)?.claim ?? null;
  // Words of an attempt that then broke the protocol stay in a stream that went on, but nobody pays for them.
  const tainted = task.attempts.some((a) => isBreached(a) && a.bytes > 0);
  const counted = tainted
    ? sharesOf(counting, task, 0).reduce((n, share) => n + share.tokens, 0)
    : countOutput(counting, task, task.choices, claim?.completionTokens ?? null);
  const delivered = {
    inputTokens: task.promptExact
      ? task.promptTokens
      : Math.min(task.promptTokens, believableTokens(claim?.promptTokens ?? null, task.promptBytes)),
    outputTokens: task.attempts.every((a) => a.bytes === 0 || isBreached(a))
      ? 0
      : Math.min(Math.max(counted, 1), task.maxTokens * task.choices.length),
    paidByInput: isPaidByInput(task.kind),
  };
  const paid = chargedTokens(ending, delivered);
  const least = (a: bigint, b: bigint | null): bigint => (b === null || a < b ? a : b);
  // Within the reserve by construction; the minimum makes it true whatever a node claims.
  const chargeWei = least(priceWei(paid, task.model.prices, task.rate8), task.reserved.wei);
  const chargeMicro = least(priceMicro(paid, task.model.prices), task.reserved.micro);
  const chargeVcu = task.payment.asset === "VCU" ? least(priceVcu(paid, task.model.prices), task.reserved.vcu) : 0n;
  const tokens = {
    inputTokens: delivered.inputTokens,
    outputTokens: isPaidByInput(task.kind) ? 0 : delivered.outputTokens,
  };
  if (chargeWei === 0n) return { ...tokens, chargeWei, chargeMicro: 0n, chargeVcu: 0n, split: null };
  return {
    ...tokens,
    chargeWei,
    chargeMicro,
    chargeVcu,
    split: splitOf(chargeWei, sharesOf(counting, task, tokens.outputTokens)),
  };
}

function splitOf(chargeWei: bigint, shares: readonly Share[]): TaskSplit {
  const parts = splitCharge(
    chargeWei,
    shares.map(({ attempt, tokens }) => ({
      account: earningAccount(attempt),
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
    account: earningAccount(attempt),
    held: attempt.node.stake.held,
    score: attempt.node.score,
  }));
  return {
    nodes,
    operatorWei: nodes.reduce((n, part) => n + part.amountWei, 0n),
    stakersWei: parts.stakers,
    treasuryWei: parts.treasury,
  };
}

/** Below the minimum stake what a node earns is held for it, where a slash can reach it; then it is its owner's. */
const earningAccount = ({ node }: LiveAttempt): string =>
  node.stake.held ? accountIds.held(node.nodeId) : accountIds.owner(node.ownerWallet);
