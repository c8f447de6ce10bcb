/**
 * What our own epochs left unpaid on chain, address by address: credits that wait for the treasury (`pending`) and debits that were clamped
 * (`receivable`). The contract adds what a stolen oracle key wrote to the same figures; only this says how much of them the ledger knows.
 */
import type { EscrowEvent } from "@farlabs/chain";
import { fromNumeric, type Sql, type Tx } from "#platform/pg";

export type Carried = "pending" | "receivable";

/** How much of `amountWei` is ours. */
export async function carriedOf(sql: Sql, what: Carried, address: string, amountWei: bigint): Promise<bigint> {
  const [row] = await sql<{ wei: string }[]>`
    SELECT wei FROM settlement.carried WHERE what = ${what} AND address = ${address}`;
  const wei = fromNumeric(row?.wei);
  return wei < amountWei ? wei : amountWei;
}

/** Adds what an epoch left unpaid, if the transaction is one that we signed. */
export async function carry(
  tx: Tx,
  { txHash }: EscrowEvent,
  entry: { what: Carried; address: string; wei: bigint },
): Promise<void> {
  const { what, address, wei } = entry;
  await tx`
    INSERT INTO settlement.carried AS c (what, address, wei)
    SELECT ${what}, ${address}, ${String(wei)}::numeric WHERE EXISTS (SELECT 1 FROM settlement.attempts WHERE hash = ${txHash})
    ON CONFLICT (what, address) DO UPDATE SET wei = c.wei + excluded.wei`;
}

/** Takes off what was paid, cancelled or forgiven; what is beyond ours was never here. */
export async function settleCarried(tx: Tx, what: Carried, address: string, wei: bigint): Promise<void> {
  if (wei === 0n) return;
  await tx`
    UPDATE settlement.carried SET wei = greatest(0, wei - ${String(wei)}::numeric)
    WHERE what = ${what} AND address = ${address}`;
}
