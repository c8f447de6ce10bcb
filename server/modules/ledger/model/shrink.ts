import type { ReserveLeg } from "../ledger.ts";

/**
 * What each leg gets. When all are covered: their amounts. Else the legs that have an `amountMin` shrink by one share of their span
 * (amount − amountMin), the largest that every account covers, rounded down per leg, so that a wallet and a cap stay in step.
 * @returns the amounts, or the index of the first leg that even its minimum does not cover
 */
export function shrink(legs: readonly ReserveLeg[], available: readonly bigint[]): bigint[] | number {
  // The share as a fraction; 1 / 1 is "all of it".
  let part = 1n;
  let whole = 1n;
  for (const [index, leg] of legs.entries()) {
    const held = available[index] ?? 0n;
    const min = leg.amountMin ?? leg.amount;
    if (min < 0n || min > leg.amount) throw new Error(`amountMin must lie within 0 and amount: ${leg.account}`);
    if (held < min) return index;
    const span = leg.amount - min;
    if (held < leg.amount && (held - min) * whole < part * span) {
      part = held - min;
      whole = span;
    }
  }
  return legs.map((leg) => {
    const min = leg.amountMin ?? leg.amount;
    return min + ((leg.amount - min) * part) / whole;
  });
}
