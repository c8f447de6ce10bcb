import { assert } from "#kernel";
import type { PendingReceipt } from "./selectReceipts.ts";

/** One netted epoch; Σ debits = Σ credits + stakers + treasury = `declaredWei`. */
export interface NettedEpoch {
  declaredWei: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
  debits: { wallet: string; amountWei: bigint }[];
  credits: { payee: string; amountWei: bigint }[];
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

/** Sums receipts by payer and by operator. Sorted by address, so that the same receipts always give the same calldata. */
export function netEpoch(receipts: readonly PendingReceipt[]): NettedEpoch {
  const debits = new Map<string, bigint>();
  const credits = new Map<string, bigint>();
  let stakersWei = 0n;
  let treasuryWei = 0n;
  for (const receipt of receipts) {
    add(debits, receipt.wallet, receipt.chargeWei);
    for (const node of receipt.nodes) if (node.amountWei > 0n) add(credits, node.owner, node.amountWei);
    stakersWei += receipt.stakersWei;
    treasuryWei += receipt.treasuryWei;
  }
  const sum = (sums: Map<string, bigint>): bigint => [...sums.values()].reduce((a, b) => a + b, 0n);
  const declaredWei = sum(debits);
  assert(declaredWei === sum(credits) + stakersWei + treasuryWei, "an epoch conserves value");
  const sorted = (sums: Map<string, bigint>) => [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    declaredWei,
    stakersWei,
    treasuryWei,
    debits: sorted(debits).map(([wallet, amountWei]) => ({ wallet, amountWei })),
    credits: sorted(credits).map(([payee, amountWei]) => ({ payee, amountWei })),
  };
}
