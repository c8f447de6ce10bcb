declare const unit: unique symbol;
/** Amounts are bigint in the smallest unit, branded so that adding unlike ones does not compile. */
export type Wei = bigint & { readonly [unit]: "wei" };
/** Micro-dollars at list price; prices are micro-dollars per 1 000 000 tokens. */
export type Micro = bigint & { readonly [unit]: "micro" };
/** Compute credit, unit 10⁻⁴ VCU; 1 VCU = $0.01, so one unit is exactly one micro-dollar. */
export type Vcu = bigint & { readonly [unit]: "vcu" };

export const wei = (amount: bigint): Wei => amount as Wei;
export const micro = (amount: bigint): Micro => amount as Micro;
export const WEI_PER_FAR = 10n ** 18n;

export interface TokenPrices {
  /** Micro-dollars per 1 M tokens. */
  inputMicro: bigint;
  outputMicro: bigint;
}
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

/** ⌈a / b⌉ for a ≥ 0, b > 0. */
export const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

const sum = (use: TokenUsage, price: TokenPrices): bigint =>
  BigInt(use.inputTokens) * price.inputMicro + BigInt(use.outputTokens) * price.outputMicro;

/** Wei = ⌈Σ tokens·price·10¹⁴ / R⌉ with R the feed's USD per FAR, 8 decimals. Rounded once (docs/billing.md). */
export const priceWei = (use: TokenUsage, price: TokenPrices, rate8: bigint): Wei =>
  wei(ceilDiv(sum(use, price) * 10n ** 14n, rate8));

/** VCU units = ⌈Σ tokens·price / 10⁶⌉. */
export const priceVcu = (use: TokenUsage, price: TokenPrices): Vcu => ceilDiv(sum(use, price), 1_000_000n) as Vcu;

/** Micro-dollars at list = ⌈Σ tokens·price / 10⁶⌉; caps and budgets count these. */
export const priceMicro = (use: TokenUsage, price: TokenPrices): Micro => ceilDiv(sum(use, price), 1_000_000n) as Micro;
