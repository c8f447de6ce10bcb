import type { CheckStatus, Receipt } from "./types.ts";

/** What a check found. */
export interface Finding {
  status: CheckStatus;
  message: string;
}
export const found = (isRight: boolean, right: string, wrong: string): Finding =>
  isRight ? { status: "ok", message: right } : { status: "failed", message: wrong };

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** Tokens times prices, at the rate, is the charge. */
export function checkPrice(r: Receipt): Finding {
  const micro =
    BigInt(r.input_tokens) * BigInt(r.prices.input_micro) + BigInt(r.output_tokens) * BigInt(r.prices.output_micro);
  const wei = ceilDiv(micro * 10n ** 14n, BigInt(r.rate));
  const vcu = r.asset === "VCU" ? String(ceilDiv(micro, 1_000_000n)) : null;
  const isRight = String(wei) === r.charge && vcu === r.charge_vcu && wei > 0n;
  const units = `${r.input_tokens} input and ${r.output_tokens} output tokens`;
  return found(
    isRight,
    `${units} at these prices and this rate come to the charge.`,
    `${units} at these prices and this rate come to ${wei} wei${vcu === null ? "" : ` and ${vcu} units of VCU`}, not to the charge.`,
  );
}

/** `100 + a` in 1/200 of a per cent, a = clamp((score − 80) / 2, −10, 10) per cent. */
const factorOf = (score: number): bigint => BigInt(Math.min(22_000, Math.max(18_000, 12_000 + score)));

/** Stakers 20 %; each node 60 % × (1 + a) of its share by tokens; the treasury what remains. */
export function checkSplit(r: Receipt): Finding {
  const charge = BigInt(r.charge);
  const total = r.nodes.reduce((sum, node) => sum + BigInt(node.tokens), 0n);
  const [weights, weightOf] = total === 0n ? [BigInt(r.nodes.length), () => 1n] : [total, BigInt];
  const wrong = r.nodes.find(
    (n) => BigInt(n.amount) !== (charge * weightOf(n.tokens) * 3n * factorOf(n.score)) / (weights * 100_000n),
  );
  if (wrong !== undefined)
    return { status: "failed", message: `${wrong.node_id} does not get its share by tokens and score.` };
  const operators = r.nodes.reduce((sum, node) => sum + BigInt(node.amount), 0n);
  const stakers = charge / 5n;
  const isRight =
    BigInt(r.split.operator) === operators &&
    BigInt(r.split.stakers) === stakers &&
    BigInt(r.split.treasury) === charge - operators - stakers;
  return found(
    isRight,
    "The parts are what scores and rules make them, and sum to the charge.",
    "The parts are not those of the rules.",
  );
}
