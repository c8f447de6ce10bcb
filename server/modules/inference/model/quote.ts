/** What a task may cost at most, and what it does cost. Pure. */
import { ceilDiv, type Micro, priceMicro, priceVcu, priceWei, type TokenPrices, type Vcu, type Wei } from "#kernel";

/** Output tokens when the caller names no limit (docs/billing.md). */
export const MAX_TOKENS_DEFAULT = 4_096;
/** The least a default limit shrinks to when the balance does not cover more. */
export const MAX_TOKENS_MIN = 256;

export interface QuoteInput {
  prices: TokenPrices;
  rate8: bigint;
  /** Exact, or an upper bound where the tokenizer is unknown. */
  promptTokens: number;
  /** Per choice. */
  maxTokens: number;
  choices: number;
}
export interface Quote {
  wei: Wei;
  vcu: Vcu;
  micro: Micro;
}

export function quote(q: QuoteInput): Quote {
  const use = { inputTokens: q.promptTokens, outputTokens: q.maxTokens * q.choices };
  return { wei: priceWei(use, q.prices, q.rate8), vcu: priceVcu(use, q.prices), micro: priceMicro(use, q.prices) };
}

/**
 * Output tokens per choice that a reserve of `wei` (and `micro`, where a cap stands) pays for beyond the prompt, at most `wanted`.
 * A unit of VCU buys what a micro-dollar does. Inverse of {@link quote}: quoting the result never exceeds what was reserved.
 */
export function affordable(
  q: Omit<QuoteInput, "maxTokens">,
  reserved: { wei: bigint; vcu: bigint | null; micro: bigint | null },
  wanted: number,
): number {
  if (q.prices.outputMicro === 0n) return wanted;
  const input = BigInt(q.promptTokens) * q.prices.inputMicro;
  // floor(wei·R/10¹⁴) is the largest Σ tokens·price whose rounded-up price is still ≤ wei.
  let budget = (reserved.wei * q.rate8) / 10n ** 14n;
  for (const units of [reserved.vcu, reserved.micro])
    if (units !== null && units * 1_000_000n < budget) budget = units * 1_000_000n;
  const tokens = (budget - input) / (q.prices.outputMicro * BigInt(q.choices));
  return Math.max(0, Math.min(wanted, Number(tokens)));
}

/** The most that operators can get of a charge: 66 %, at a score of 100. */
export const largestShare = (chargeWei: bigint): bigint => ceilDiv(chargeWei * 66n, 100n);

/**
 * Upper bound of a prompt's tokens without its tokenizer: every token is at least one byte; a template adds a few per message.
 */
export const promptTokensBound = (bytes: number, messages: number): number => bytes + 8 * messages + 8;

/** Tokens of hidden or unverified text that can be charged for: three bytes make at least one token as far as we believe (docs/billing.md). */
export const believableTokens = (claim: number | null, bytes: number): number => {
  const edge = Number(ceilDiv(BigInt(bytes), 3n));
  return claim === null ? edge : Math.min(claim, edge);
};
