import type { EscrowEvent } from "@farlabs/chain";
import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "./context.ts";
import { recordFinding } from "./findings.ts";

type Of<Name extends EscrowEvent["name"]> = Extract<EscrowEvent, { name: Name }>;

/**
 * A confirmed `BatchSettled` ends the epoch in flight. One that we did not prepare means that somebody else holds the oracle's key, or that
 * this database is older than the chain: everything stops.
 */
export async function settleEpoch(context: Context, tx: Tx, event: Of<"BatchSettled">): Promise<void> {
  const { epoch, receiptsRoot, taskCount, declaredAmount, fundedAmount } = event.args;
  const [row] = await tx`
    UPDATE settlement.epochs SET status = 'settled', funded_wei = ${String(fundedAmount)}, tx_hash = ${event.txHash},
      block_number = ${String(event.blockNumber)}, settled_at = ${new Date(context.clock.now())}
    WHERE epoch = ${String(epoch)} AND receipts_root = ${receiptsRoot} AND declared_wei = ${String(declaredAmount)}
      AND status <> 'settled' RETURNING 1`;
  if (row === undefined) {
    const detail = `epoch ${epoch} with root ${receiptsRoot} was settled in ${event.txHash}, but is not ours`;
    await recordFinding(tx, { key: `epoch:${epoch}`, code: "foreign_epoch", detail, halts: true });
    return;
  }
  const amounts = { declared: declaredAmount.toString(), funded: fundedAmount.toString() };
  const payload = { epoch: Number(epoch), tasks: taskCount, ...amounts, tx_hash: event.txHash };
  await context.outbox.publish(tx, [{ topic: settlementTopics.epochSettled, payload }]);
}

/**
 * A debit was clamped to what the wallet still had on chain. The ledger has known since the exit that took it out (the wallet's
 * receivable); here it is noted which epoch met it, and whether the treasury could stand in.
 */
export async function noteShortfall(
  context: Context,
  tx: Tx,
  event: Of<"DebitShortfall"> | Of<"ShortfallCovered">,
): Promise<void> {
  if (event.name === "ShortfallCovered") {
    const { epoch, shortfallAmount, coveredAmount } = event.args;
    if (coveredAmount === shortfallAmount) return;
    const detail = `epoch ${epoch}: the treasury covered ${coveredAmount} of ${shortfallAmount} wei; credits wait`;
    await recordFinding(tx, { key: `treasury:${epoch}`, code: "treasury_short", detail });
    return;
  }
  const { epoch, shortfallAmount } = event.args;
  const wallet = event.args.wallet.toLowerCase();
  await tx`
    UPDATE settlement.epoch_debits SET shortfall_wei = ${String(shortfallAmount)}
    WHERE epoch = ${String(epoch)} AND wallet = ${wallet}`;
  const detail = `epoch ${epoch}: ${wallet} had ${shortfallAmount} wei less than it had spent`;
  await recordFinding(tx, { key: `shortfall:${epoch}:${wallet}`, code: "debit_clamped", detail, wallet });
  const payload = { wallet, epoch: Number(epoch), shortfall: shortfallAmount.toString() };
  await context.outbox.publish(tx, [{ topic: settlementTopics.debitClamped, payload }]);
}
