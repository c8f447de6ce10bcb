import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "../operations/context.ts";
import { recordFinding } from "../operations/findings.ts";
import { ESCROW, receivableAccount, voucherAccount, walletAccount } from "../operations/wallets.ts";
import { type Effect, lower, type Of, payOut } from "./effect.ts";

/** A voucher that is not ours, or whose amount was given back: somebody else holds the signer's key. The books follow, and everything stops. */
async function unknown(context: Context, event: Of<"VoucherPaid">): Promise<Effect> {
  const wallet = lower(event.args.wallet);
  const { amount, nonce } = event.args;
  const { transfers, owedWei } = await payOut(context, {
    ...{
      sources: [walletAccount(wallet)],
      receivable: receivableAccount(wallet),
      amountWei: amount,
      kind: "withdrawal",
    },
  });
  const detail = `voucher ${nonce} of ${wallet} over ${amount} wei was paid in ${event.txHash}, but is not ours`;
  const key = `voucher:${event.txHash}:${event.logIndex}`;
  const also = async (tx: Tx) => {
    await context.ledger.setFrozen(tx, walletAccount(wallet), true);
    await recordFinding(tx, { key, code: "foreign_voucher", detail, severity: "halt" });
    // Of the wallet's own: it thaws once it owes nothing and settlement goes on.
    const owed = `${wallet} was paid ${owedWei} wei beyond what it had; its next deposit pays them`;
    await recordFinding(tx, { key: `${key}:wallet`, code: "voucher_beyond_balance", detail: owed, wallet });
  };
  return { wallet, deltaWei: -amount, transfers, also };
}

export async function voucherPaid(context: Context, event: Of<"VoucherPaid">): Promise<Effect> {
  const wallet = lower(event.args.wallet);
  const { amount, nonce } = event.args;
  const [row] = await context.sql<{ id: string }[]>`
    SELECT id FROM settlement.vouchers
    WHERE wallet = ${wallet} AND nonce = ${String(nonce)} AND amount_wei = ${String(amount)} AND state = 'open'`;
  if (row === undefined) return unknown(context, event);
  const payload = { id: row.id, wallet, amount: amount.toString(), tx_hash: event.txHash };
  const also = async (tx: Tx) => {
    await tx`
      UPDATE settlement.vouchers SET state = 'paid', tx_hash = ${event.txHash}, closed_at = ${new Date(context.clock.now())}
      WHERE id = ${row.id}`;
    await context.outbox.publish(tx, [{ topic: settlementTopics.voucherPaid, payload }]);
  };
  const transfers = [{ debit: voucherAccount(wallet), credit: ESCROW, amount, kind: "withdrawal" }];
  return { wallet, deltaWei: -amount, transfers, also };
}
