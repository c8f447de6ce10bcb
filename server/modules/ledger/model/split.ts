/** How a task's charge is divided (docs/billing.md). Pure; the parts always sum to the charge. */

export interface SplitNode {
  /** Account that earns, `far:owner:0x…` or a held one. */
  account: string;
  /** Output tokens that arrived at the gateway; where no tokens are made (embeddings, images) any equal weight. */
  outputTokens: number;
  /** The node's score at that hour, 0 … 100, to two decimals. */
  score: number;
}

export interface Split {
  stakers: bigint;
  treasury: bigint;
  /** In the order of the nodes; zero amounts included. */
  operators: { account: string; amount: bigint }[];
}

/**
 * `100 + a` in 1/200 of a per cent, with a = clamp((score − 80) / 2, −10, 10). Exact for scores of two decimals:
 * 100 + (s/100 − 80)/2 = (12 000 + s) / 200, where s is the score in hundredths.
 */
function operatorFactor(score: number): bigint {
  const raw = 12_000 + Math.round(score * 100);
  return BigInt(Math.min(22_000, Math.max(18_000, raw)));
}

/**
 * Stakers get ⌊20 %⌋; each node ⌊60 % × (1 + a) × its share of the output tokens⌋; the treasury the remainder, 14–26 %, and thereby
 * every rounding. Without any output token the nodes count alike.
 * @throws Error for a negative charge or token count, which is a bug
 */
export function splitCharge(chargeWei: bigint, nodes: readonly SplitNode[]): Split {
  if (chargeWei < 0n || nodes.some((node) => !(node.outputTokens >= 0)))
    throw new Error("a charge and its token counts are never negative");
  const total = nodes.reduce((sum, node) => sum + node.outputTokens, 0);
  const stakers = chargeWei / 5n;
  const operators = nodes.map((node) => {
    const [weight, weights] = total === 0 ? [1n, BigInt(nodes.length)] : [BigInt(node.outputTokens), BigInt(total)];
    // 60 % × factor / 20 000 = 3 × factor / 100 000
    return {
      account: node.account,
      amount: (chargeWei * weight * 3n * operatorFactor(node.score)) / (weights * 100_000n),
    };
  });
  const treasury = operators.reduce((left, part) => left - part.amount, chargeWei - stakers);
  return { stakers, treasury, operators };
}
