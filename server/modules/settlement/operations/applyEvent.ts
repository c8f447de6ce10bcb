/**
 * One confirmed event of the escrow and its effect, in one transaction: the event's row is the proof that it was applied, its effect
 * carries an id derived from (chain, transaction, log index). Events are applied one by one, so that balances read for one include the last.
 */
import type { EscrowEvent } from "@farlabs/chain";
import { unreachable } from "#kernel";
import type { Transfer } from "#ledger";
import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import { depositFlow, exitFlow } from "../model/walletFlows.ts";
import type { Context } from "./context.ts";
import { recordFinding } from "./findings.ts";
import { noteShortfall, settleEpoch } from "./settleEpoch.ts";
import { ESCROW, receivableAccount, STAKERS, TREASURY, thaw, walletAccount, walletState } from "./wallets.ts";

/** What an event does; `deltaWei` is what the escrow's FAR balance gained. */
interface Effect {
  wallet?: string;
  deltaWei?: bigint;
  transfers?: Omit<Transfer, "id">[];
  /** Runs in the event's transaction, after the transfers. */
  also?: (tx: Tx) => Promise<void>;
}
type Of<Name extends EscrowEvent["name"]> = Extract<EscrowEvent, { name: Name }>;

const lower = (address: string): string => address.toLowerCase();
const seconds = (s: bigint): Date => new Date(Number(s) * 1000);

async function deposited(context: Context, event: Of<"Deposited">): Promise<Effect> {
  const wallet = lower(event.args.wallet);
  const { amount } = event.args;
  const { owedWei } = await walletState(context, wallet);
  const { repaidWei, creditedWei } = depositFlow(owedWei, amount);
  const transfers = [
    { debit: ESCROW, credit: receivableAccount(wallet), amount: repaidWei, kind: "repay" },
    { debit: ESCROW, credit: walletAccount(wallet), amount: creditedWei, kind: "deposit" },
  ];
  const payload = { wallet, amount: amount.toString(), tx_hash: event.txHash };
  const also = (tx: Tx) => context.outbox.publish(tx, [{ topic: settlementTopics.depositConfirmed, payload }]);
  return { wallet, deltaWei: amount, transfers, also };
}

/** The wallet is frozen since its request, so what it has free can only grow between the read and the transfer. */
async function withdrawn(context: Context, event: Of<"Withdrawn">): Promise<Effect> {
  const wallet = lower(event.args.wallet);
  const { amount } = event.args;
  const { availableWei } = await walletState(context, wallet);
  const { debitedWei, owedWei } = exitFlow(availableWei, amount);
  const transfers = [
    { debit: walletAccount(wallet), credit: ESCROW, amount: debitedWei, kind: "exit" },
    { debit: receivableAccount(wallet), credit: ESCROW, amount: owedWei, kind: "exit" },
  ];
  const payload = { wallet, amount: amount.toString(), owed: owedWei.toString(), tx_hash: event.txHash };
  const also = async (tx: Tx) => {
    if (owedWei > 0n) {
      const detail = `${wallet} was paid ${owedWei} wei that it had spent before; its next deposit pays them`;
      const key = `exit:${event.txHash}:${event.logIndex}`;
      await recordFinding(tx, { key, code: "exit_before_settlement", detail, wallet });
    }
    await thaw(context, tx, wallet);
    await context.outbox.publish(tx, [{ topic: settlementTopics.withdrawn, payload }]);
  };
  return { wallet, deltaWei: -amount, transfers, also };
}

function exitRequested(context: Context, event: Of<"ExitRequested">): Effect {
  const wallet = lower(event.args.wallet);
  const { exitCounter, maturesAt, lapsesAt } = event.args;
  const payload = {
    wallet,
    exit_counter: Number(exitCounter),
    matures_at: seconds(maturesAt).toISOString(),
    lapses_at: seconds(lapsesAt).toISOString(),
  };
  const also = async (tx: Tx) => {
    // The chain takes a new request only once the last one has lapsed.
    await tx`UPDATE settlement.exits SET state = 'lapsed' WHERE wallet = ${wallet} AND state = 'open'`;
    await tx`
      INSERT INTO settlement.exits (wallet, counter, matures_at, lapses_at)
      VALUES (${wallet}, ${String(exitCounter)}, ${seconds(maturesAt)}, ${seconds(lapsesAt)})`;
    await context.ledger.setFrozen(tx, walletAccount(wallet), true);
    await context.outbox.publish(tx, [{ topic: settlementTopics.walletFrozen, payload }]);
  };
  return { wallet, also };
}

function exitEnded(
  context: Context,
  event: Of<"ExitCancelled"> | Of<"ExitFinished">,
  state: "cancelled" | "finished",
): Effect {
  const wallet = lower(event.args.wallet);
  const also = async (tx: Tx) => {
    await tx`
      UPDATE settlement.exits SET state = ${state}
      WHERE wallet = ${wallet} AND counter = ${String(event.args.exitCounter)} AND state IN ('open', 'lapsed')`;
    // A finished one is thawed by `Withdrawn`, which follows in the same transaction on chain.
    if (state === "cancelled") await thaw(context, tx, wallet);
  };
  return { wallet, also };
}

function claimed(context: Context, event: Of<"Claimed">): Effect {
  const wallet = lower(event.args.payee);
  const { amount } = event.args;
  const payload = { owner: wallet, amount: amount.toString(), tx_hash: event.txHash };
  return {
    wallet,
    deltaWei: -amount,
    transfers: [{ debit: `far:owner:${wallet}`, credit: ESCROW, amount, kind: "claim" }],
    also: (tx) => context.outbox.publish(tx, [{ topic: settlementTopics.claimed, payload }]),
  };
}

/** @returns null for events that change neither money nor exits */
async function effectOf(context: Context, event: EscrowEvent): Promise<Effect | null> {
  switch (event.name) {
    case "Deposited":
      return deposited(context, event);
    case "Withdrawn":
      return withdrawn(context, event);
    case "ExitRequested":
      return exitRequested(context, event);
    case "ExitCancelled":
      return exitEnded(context, event, "cancelled");
    case "ExitFinished":
      return exitEnded(context, event, "finished");
    case "Claimed":
      return claimed(context, event);
    case "TreasuryFunded": {
      const { amount } = event.args;
      return { deltaWei: amount, transfers: [{ debit: ESCROW, credit: TREASURY, amount, kind: "fund" }] };
    }
    case "TreasuryClaimed": {
      const { amount } = event.args;
      return { deltaWei: -amount, transfers: [{ debit: TREASURY, credit: ESCROW, amount, kind: "claim" }] };
    }
    case "StakersPaid": {
      const { amount } = event.args;
      return { deltaWei: -amount, transfers: [{ debit: STAKERS, credit: ESCROW, amount, kind: "claim" }] };
    }
    case "BatchSettled":
      return { also: (tx) => settleEpoch(context, tx, event) };
    case "DebitShortfall":
    case "ShortfallCovered":
      return { also: (tx) => noteShortfall(context, tx, event) };
    // What waits for the treasury is the owner's in the ledger from the start; these only say when it can be claimed.
    case "CreditPending":
    case "PendingReleased":
    case "VoucherPaid":
    case "HoldPaid":
    case "HoldRefused":
    case "RootPublished":
    case "RootDisputed":
    case "RootedClaimed":
    case "TaskCreated":
    case "TaskCompleted":
    case "TaskReclaimed":
    case "RegistryChanged":
    case "EIP712DomainChanged":
    case "StakingChanged":
    case "TreasuryChanged":
    case "Paused":
    case "Unpaused":
    case "RoleGranted":
    case "RoleRevoked":
    case "RoleAdminChanged":
    case "DefaultAdminTransferScheduled":
    case "DefaultAdminTransferCanceled":
    case "DefaultAdminDelayChangeScheduled":
    case "DefaultAdminDelayChangeCanceled":
      return null;
    default:
      return unreachable(event);
  }
}

/** Applies an event once, however often it is called. */
export async function applyEvent(context: Context, event: EscrowEvent): Promise<void> {
  const { sql, ledger, chain } = context;
  const { txHash, logIndex, blockNumber, name } = event;
  const [seen] = await sql`
    SELECT 1 FROM settlement.chain_events WHERE tx_hash = ${txHash} AND log_index = ${logIndex}`;
  if (seen !== undefined) return;
  const effect = await effectOf(context, event);
  if (effect === null) return;
  const { wallet = null, deltaWei = 0n, transfers = [], also } = effect;
  await sql.begin(async (tx) => {
    const [fresh] = await tx`
      INSERT INTO settlement.chain_events (tx_hash, log_index, block_number, name, wallet, escrow_delta_wei)
      VALUES (${txHash}, ${logIndex}, ${String(blockNumber)}, ${name}, ${wallet}, ${String(deltaWei)})
      ON CONFLICT (tx_hash, log_index) DO NOTHING RETURNING 1`;
    if (fresh === undefined) return;
    const setId = `chain:${chain.chainId}:${txHash}:${logIndex}`;
    const moved = transfers.filter((t) => t.amount > 0n).map((t, i) => ({ ...t, id: `${setId}:${i}` }));
    if (moved.length > 0) await ledger.transfer(tx, setId, moved);
    await also?.(tx);
    await context.crashPoint("listener.applied");
  });
}
