import { assert } from "#kernel";
import type { PendingNode, PendingReceipt } from "./selectReceipts.ts";

/** One netted epoch; Σ debits + `treasuryDebitWei` = Σ credits + Σ holds + Σ rooted + stakers + treasury = `declaredWei`. */
export interface NettedEpoch {
  declaredWei: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
  /** What the treasury itself pays: checks, and the FAR leg of tasks paid in compute credit. */
  treasuryDebitWei: bigint;
  debits: { wallet: string; amountWei: bigint }[];
  credits: { payee: string; amountWei: bigint }[];
  /** Earnings that become a node's held stake. */
  holds: { nodeId: string; owner: string; amountWei: bigint }[];
  /** Payees beyond those that the batch lists; they claim under the epoch's cumulative root. */
  rooted: { payee: string; amountWei: bigint }[];
  /** All that each node earned, held or not: what counts against its limit until now. */
  nodes: { nodeId: string; owner: string; amountWei: bigint; held: boolean }[];
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

const total = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((a, b) => a + b, 0n);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sorted = (sums: Map<string, bigint>): [string, bigint][] => [...sums].sort(([a], [b]) => byText(a, b));

type Earned = NettedEpoch["nodes"][number];

function earn(sums: Map<string, Earned>, node: PendingNode): void {
  const { nodeId, owner, held, amountWei } = node;
  // No id holds a line break.
  const key = `${nodeId}\n${owner}\n${held}`;
  const sum = sums.get(key);
  if (sum === undefined) sums.set(key, { nodeId, owner, held, amountWei });
  else sum.amountWei += amountWei;
}

/** The largest earn without a claim under a root, which costs the payee more gas; equal ones by address. */
function divide(credits: Map<string, bigint>, creditsMax: number): [string[], string[]] {
  const bySize = [...credits]
    .sort(([a, x], [b, y]) => (x === y ? byText(a, b) : x > y ? -1 : 1))
    .map(([payee]) => payee);
  return [bySize.slice(0, creditsMax).sort(byText), bySize.slice(creditsMax).sort(byText)];
}

/**
 * Sums receipts by payer, operator and node. Everything is sorted by address, so that the same receipts always give the same calldata.
 * @param creditsMax Payees that the batch lists; the others are rooted.
 */
export function netEpoch(receipts: readonly PendingReceipt[], creditsMax: number): NettedEpoch {
  const debits = new Map<string, bigint>();
  const credits = new Map<string, bigint>();
  const nodes = new Map<string, Earned>();
  let stakersWei = 0n;
  let treasuryWei = 0n;
  let treasuryDebitWei = 0n;
  for (const receipt of receipts) {
    if (receipt.wallet === null) treasuryDebitWei += receipt.chargeWei;
    else add(debits, receipt.wallet, receipt.chargeWei);
    for (const node of receipt.nodes) {
      if (node.amountWei === 0n) continue;
      earn(nodes, node);
      if (!node.held) add(credits, node.owner, node.amountWei);
    }
    stakersWei += receipt.stakersWei;
    treasuryWei += receipt.treasuryWei;
  }
  const earned = [...nodes].sort(([a], [b]) => byText(a, b)).map(([, node]) => node);
  const declaredWei = total(debits.values()) + treasuryDebitWei;
  assert(declaredWei === total(earned.map((n) => n.amountWei)) + stakersWei + treasuryWei, "an epoch conserves value");
  const [listed, rest] = divide(credits, creditsMax);
  const of = (payees: readonly string[]) => payees.map((payee) => ({ payee, amountWei: credits.get(payee) ?? 0n }));
  return {
    ...{ declaredWei, stakersWei, treasuryWei, treasuryDebitWei },
    debits: sorted(debits).map(([wallet, amountWei]) => ({ wallet, amountWei })),
    credits: of(listed),
    holds: earned.filter((n) => n.held).map(({ nodeId, owner, amountWei }) => ({ nodeId, owner, amountWei })),
    rooted: of(rest),
    nodes: earned,
  };
}
