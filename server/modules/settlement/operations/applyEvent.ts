/**
 * One confirmed event of a contract and its effect, in one transaction: the event's row is the proof that it was applied, its effect
 * carries an id derived from (chain, transaction, log index). Events are applied one by one, so that balances read for one include the last.
 */
import type { ChainEvent, EscrowEvent } from "@farlabs/chain";
import { unreachable } from "#kernel";
import { taskCompleted } from "../effects/completions.ts";
import type { Effect } from "../effects/effect.ts";
import { batchSettled, held, rootDisputed, rootPublished, shortfall } from "../effects/epochs.ts";
import { exitCancelled, exitFinished, exitRequested } from "../effects/exits.ts";
import {
  claimed,
  deposited,
  pendingCancelled,
  pendingMoved,
  receivableForgiven,
  stakersPaid,
  treasuryClaimed,
  treasuryFunded,
} from "../effects/money.ts";
import { taskCreated, taskReclaimed } from "../effects/tasks.ts";
import { voucherPaid } from "../effects/vouchers.ts";
import type { Context } from "./context.ts";

/** @returns null for events that change neither money nor exits */
async function escrowEffect(context: Context, event: EscrowEvent): Promise<Effect | null> {
  switch (event.name) {
    case "Deposited":
      return deposited(context, event);
    case "VoucherPaid":
      return voucherPaid(context, event);
    case "ExitRequested":
      return exitRequested(context, event);
    case "ExitCancelled":
      return exitCancelled(context, event);
    case "ExitFinished":
      return exitFinished(context, event);
    case "Claimed":
    case "RootedClaimed":
      return claimed(context, event);
    case "TaskCreated":
      return taskCreated(context, event);
    case "TaskCompleted":
      return taskCompleted(context, event);
    case "TaskReclaimed":
      return taskReclaimed(context, event);
    case "TreasuryFunded":
      return treasuryFunded(context, event);
    case "TreasuryClaimed":
      return treasuryClaimed(context, event);
    case "StakersPaid":
      return stakersPaid(context, event);
    case "CreditPending":
    case "PendingReleased":
      return pendingMoved(event);
    case "PendingCancelled":
      return pendingCancelled(context, event);
    case "ReceivableForgiven":
      return receivableForgiven(context, event);
    case "BatchSettled":
      return batchSettled(context, event);
    case "HoldPaid":
    case "HoldRefused":
      return held(context, event);
    case "RootPublished":
      return rootPublished(event);
    case "RootDisputed":
      return rootDisputed(event);
    case "DebitShortfall":
    case "ShortfallCovered":
      return shortfall(context, event);
    // Comes with every voucher and every exit, whose own events carry the amount.
    case "Withdrawn":
    // FAR that was nobody's left: no account held it.
    case "Recovered":
    case "StakingChanged":
    case "TreasuryChanged":
    case "RegistryChanged":
    case "Paused":
    case "Unpaused":
    case "RoleGranted":
    case "RoleRevoked":
    case "RoleAdminChanged":
    case "DefaultAdminTransferScheduled":
    case "DefaultAdminTransferCanceled":
    case "DefaultAdminDelayChangeScheduled":
    case "DefaultAdminDelayChangeCanceled":
    case "EIP712DomainChanged":
      return null;
    default:
      return unreachable(event);
  }
}

/** Events of the other contracts are their subscribers' business, once each, and move nothing in the escrow. */
async function effectOf(context: Context, event: ChainEvent): Promise<Effect | null> {
  const { nodeRegistry, staking } = context.subscribers;
  switch (event.contract) {
    case "inferencePayment":
      return escrowEffect(context, event);
    case "nodeRegistry":
      return nodeRegistry === undefined ? null : { also: (tx) => nodeRegistry(tx, event) };
    case "staking":
      return staking === undefined ? null : { also: (tx) => staking(tx, event) };
    default:
      return unreachable(event);
  }
}

/** Applies an event once, however often it is called. */
export async function applyEvent(context: Context, event: ChainEvent): Promise<void> {
  const { sql, ledger, chain } = context;
  const { txHash, logIndex, blockNumber, name } = event;
  const [seen] = await sql`
    SELECT 1 FROM settlement.chain_events WHERE tx_hash = ${txHash} AND log_index = ${logIndex}`;
  if (seen !== undefined) return;
  const effect = await effectOf(context, event);
  if (effect === null) return;
  const { wallet = null, deltaWei = 0n, epoch = null, transfers = [], also } = effect;
  await sql.begin(async (tx) => {
    const [fresh] = await tx`
      INSERT INTO settlement.chain_events (tx_hash, log_index, block_number, name, wallet, escrow_delta_wei, epoch)
      VALUES (${txHash}, ${logIndex}, ${String(blockNumber)}, ${name}, ${wallet}, ${String(deltaWei)},
        ${epoch === null ? null : String(epoch)})
      ON CONFLICT (tx_hash, log_index) DO NOTHING RETURNING 1`;
    if (fresh === undefined) return;
    const setId = `chain:${chain.chainId}:${txHash}:${logIndex}`;
    const moved = transfers.filter((t) => t.amount > 0n).map((t, i) => ({ ...t, id: `${setId}:${i}` }));
    if (moved.length > 0) await ledger.transfer(tx, setId, moved);
    await also?.(tx);
    await context.crashPoint("listener.applied");
  });
}
