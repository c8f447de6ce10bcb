import type { Hex } from "viem";
import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "../operations/context.ts";
import { raiseFinding } from "../operations/findings.ts";
import { voucherAccount, walletAccount } from "../operations/wallets.ts";
import { toVoucher, type VoucherRow } from "./voucher.ts";

type Reason = "expired" | "void";

/** Gives an open voucher's amount back to its wallet; a voucher that is not open any more changes nothing. */
async function giveBack(context: Context, tx: Tx, row: VoucherRow, reason: Reason): Promise<void> {
  const { id, wallet } = row;
  const [open] = await tx`
    UPDATE settlement.vouchers SET state = ${reason}, closed_at = ${new Date(context.clock.now())}
    WHERE id = ${id} AND state = 'open' RETURNING 1`;
  if (open === undefined) return;
  const setId = `${id}:back`;
  const [debit, credit, amount] = [voucherAccount(wallet), walletAccount(wallet), BigInt(row.amount_wei)];
  await context.ledger.transfer(tx, setId, [{ id: setId, debit, credit, amount, kind: "withdrawal_back" }]);
  const payload = { id, wallet, amount: row.amount_wei, reason };
  await context.outbox.publish(tx, [{ topic: settlementTopics.voucherExpired, payload }]);
}

/** A confirmed exit request voids what was signed under a lower counter: no block after it pays that. The wallet is locked. */
export async function voidVouchers(
  context: Context,
  tx: Tx,
  exit: { wallet: string; exitCounter: bigint },
): Promise<void> {
  const rows = await tx<VoucherRow[]>`
    SELECT * FROM settlement.vouchers
    WHERE wallet = ${exit.wallet} AND state = 'open' AND exit_counter < ${String(exit.exitCounter)} ORDER BY nonce`;
  for (const row of rows) await giveBack(context, tx, row, "void");
}

/**
 * Gives back what can no longer be paid: the cursor's confirmed block is past the expiry, so every payment up to it was applied. The
 * contract is asked once more; if it says that the nonce is used, the listener missed an event and everything stops.
 * @throws ChainError
 */
export async function expireVouchers(context: Context): Promise<void> {
  const rows = await context.sql<VoucherRow[]>`
    SELECT * FROM settlement.vouchers
    WHERE state = 'open' AND expires_at < (SELECT block_at FROM settlement.chain_cursor) ORDER BY expires_at, id LIMIT 1000`;
  for (const row of rows) {
    const { wallet, nonce } = toVoucher(row);
    if (await context.chain.voucherUsed({ wallet: wallet as Hex, nonce })) {
      const detail = `voucher ${row.id} of ${wallet} was paid on chain, but no confirmed event says so`;
      await raiseFinding(context.sql, { key: `voucher:${row.id}`, code: "event_missed", detail, severity: "halt" });
      return;
    }
    await context.sql.begin((tx) => giveBack(context, tx, row, "expired"));
  }
}
