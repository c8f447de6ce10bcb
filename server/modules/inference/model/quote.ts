/** What a task may cost at most, and what it does cost. Pure. */
import { ceilDiv, type Micro, priceMicro, priceWei, type TokenPrices, type Wei } from "#kernel";

/** Output tokens when the caller names no limit (economy.md). */
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
  micro: Micro;
}

export function quote(q: QuoteInput): Quote {
  const use = { inputTokens: q.promptTokens, outputTokens: q.maxTokens * q.choices };
  return { wei: priceWei(use, q.prices, q.rate8), micro: priceMicro(use, q.prices) };
}

/**
 * Output tokens per choice that a reserve of `wei` (and `micro`, where a cap stands) pays for beyond the prompt, at most `wanted`.
 * Inverse of {@link quote}: quoting the result never exceeds what was reserved.
 */
export function affordable(
  q: Omit<QuoteInput, "maxTokens">,
  reserved: { wei: bigint; micro: bigint | null },
  wanted: number,
): number {
  if (q.prices.outputMicro === 0n) return wanted;
  const input = BigInt(q.promptTokens) * q.prices.inputMicro;
  // floor(wei·R/10¹⁴) is the largest Σ tokens·price whose rounded-up price is still ≤ wei.
  let budget = (reserved.wei * q.rate8) / 10n ** 14n;
  if (reserved.micro !== null && reserved.micro * 1_000_000n < budget) budget = reserved.micro * 1_000_000n;
  const tokens = (budget - input) / (q.prices.outputMicro * BigInt(q.choices));
  return Math.max(0, Math.min(wanted, Number(tokens)));
}

/**
 * Upper bound of a prompt's tokens without its tokenizer: every token is at least one byte; a template adds a few per message.
 */
export const promptTokensBound = (bytes: number, messages: number): number => bytes + 8 * messages + 8;

/** Tokens of hidden or unverified text that can be charged for: three bytes make at least one token as far as we believe (economy.md). */
export const believableTokens = (claim: number | null, bytes: number): number => {
  const edge = Number(ceilDiv(BigInt(bytes), 3n));
  return claim === null ? edge : Math.min(claim, edge);
};
