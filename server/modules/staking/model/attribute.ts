/** A position's claim on a reward: what it counted for, times how long. */
export interface Earned {
  positionId: string;
  weightSeconds: bigint;
}

/**
 * Spreads what a wallet claimed over its positions by weight and time, so that the parts sum to it exactly: each gets what the running sum,
 * rounded down, gained by it. The contract keeps rewards by wallet; this only says where they came from. Without any weight (rewards of a
 * fraction of a second) the last position gets all.
 * @returns wei by position, in order; empty without positions
 */
export function attribute(amountWei: bigint, earned: readonly Earned[]): { positionId: string; amountWei: bigint }[] {
  const total = earned.reduce((sum, e) => sum + e.weightSeconds, 0n);
  let reached = 0n;
  let given = 0n;
  return earned.map(({ positionId, weightSeconds }, index) => {
    reached += weightSeconds;
    const isLast = index === earned.length - 1;
    const upTo = isLast ? amountWei : total === 0n ? 0n : (amountWei * reached) / total;
    const part = upTo - given;
    given = upTo;
    return { positionId, amountWei: part };
  });
}
