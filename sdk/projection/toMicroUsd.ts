import { ProjectionError } from "./errors.ts";

/** Wei per FAR × 10⁸ of the rate ÷ 10⁶ of a micro-dollar. */
const SCALE = 10n ** 20n;

/**
 * FAR at a present rate, in micro-dollars, rounded down.
 * @param rate8 - USD per FAR, 8 decimals
 * @throws ProjectionError `rate_out_of_bounds`
 */
export function toMicroUsd(amountWei: bigint, rate8: bigint): bigint {
  if (rate8 <= 0n) throw new ProjectionError("rate_out_of_bounds", "A price is above zero.");
  return (amountWei * rate8) / SCALE;
}
