import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import { depositFlow } from "../model/walletFlows.ts";
import type { Context } from "../operations/context.ts";
import { raiseFinding, recordFinding, settleFinding } from "../operations/findings.ts";
import {
  ESCROW,
  FLOAT,
  owedOn,
  ownerAccount,
  ownerOwes,
  receivableAccount,
  STAKERS,
  STAKERS_OWE,
  TREASURY,
  TREASURY_OWES,
  walletAccount,
} from "../operations/wallets.ts";
import { carriedOf, carry, settleCarried } from "./carried.ts";
import { type Effect, halt, lower, type Of, payOut } from "./effect.ts";

export async function deposited(context: Context, event: Of<"Deposited">): Promise<Effect> {
  const wallet = lower(event.args.wallet);
  const { amount } = event.args;
  const { repaidWei, creditedWei } = depositFlow(await owedOn(context, receivableAccount(wallet)), amount);
  const transfers = [
    { debit: ESCROW, credit: receivableAccount(wallet), amount: repaidWei, kind: "repay" },
    { debit: ESCROW, credit: walletAccount(wallet), amount: creditedWei, kind: "deposit" },
  ];
  const payload = { wallet, amount: amount.toString(), tx_hash: event.txHash };
  const also = async (tx: Tx) => {
    await settleCarried(tx, "receivable", wallet, event.args.receivablePaidAmount);
    await context.outbox.publish(tx, [{ topic: settlementTopics.depositConfirmed, payload }]);
  };
  return { wallet, deltaWei: amount, transfers, also };
}

/** Claimed, or claimed by root: the owner's earnings have left. More than it earned here comes from an epoch or completion that is not ours. */
export async function claimed(context: Context, event: Of<"Claimed"> | Of<"RootedClaimed">): Promise<Effect> {
  const wallet = lower(event.args.payee);
  const { amount } = event.args;
  const { transfers, owedWei } = await payOut(context, {
    ...{ sources: [ownerAccount(wallet)], receivable: ownerOwes(wallet), amountWei: amount, kind: "claim" },
  });
  const payload = { owner: wallet, amount: amount.toString(), tx_hash: event.txHash };
  const detail = `${wallet} claimed ${owedWei} wei more than it has earned here, in ${event.txHash}`;
  return {
    ...{ wallet, deltaWei: -amount, transfers },
    async also(tx) {
      if (owedWei > 0n) await recordFinding(tx, halt(event, "claim_beyond_earnings", detail));
      await context.outbox.publish(tx, [{ topic: settlementTopics.claimed, payload }]);
    },
    ...(event.name === "RootedClaimed" ? { epoch: event.args.epoch } : {}),
  };
}

const TREASURY_OVERDRAWN = "treasury:overdrawn";

export async function treasuryFunded(context: Context, event: Of<"TreasuryFunded">): Promise<Effect> {
  const { amount } = event.args;
  const owedWei = await owedOn(context, TREASURY_OWES);
  const { repaidWei, creditedWei } = depositFlow(owedWei, amount);
  const transfers = [
    { debit: ESCROW, credit: TREASURY_OWES, amount: repaidWei, kind: "repay" },
    { debit: ESCROW, credit: TREASURY, amount: creditedWei, kind: "fund" },
  ];
  return {
    ...{ deltaWei: amount, transfers },
    ...(owedWei > 0n && repaidWei === owedWei ? { also: (tx: Tx) => settleFinding(tx, TREASURY_OVERDRAWN) } : {}),
  };
}

/** The treasury may take from the contract what tasks here have reserved on its float: then it owes them. */
export async function treasuryClaimed(context: Context, event: Of<"TreasuryClaimed">): Promise<Effect> {
  const { amount } = event.args;
  const { transfers, owedWei } = await payOut(context, {
    ...{ sources: [TREASURY, FLOAT], receivable: TREASURY_OWES, amountWei: amount, kind: "claim" },
  });
  const detail = `the treasury took ${owedWei} wei that tasks had reserved or spent; it has to pay them in again`;
  return {
    ...{ deltaWei: -amount, transfers },
    async also(tx) {
      if (owedWei > 0n) await raiseFinding(tx, { key: TREASURY_OVERDRAWN, code: "treasury_overdrawn", detail });
    },
  };
}

export async function stakersPaid(context: Context, event: Of<"StakersPaid">): Promise<Effect> {
  const { amount } = event.args;
  const { transfers, owedWei } = await payOut(context, {
    ...{ sources: [STAKERS], receivable: STAKERS_OWE, amountWei: amount, kind: "claim" },
  });
  const detail = `the stakers were paid ${owedWei} wei more than tasks here have earned them, in ${event.txHash}`;
  return {
    ...{ deltaWei: -amount, transfers },
    async also(tx) {
      if (owedWei > 0n) await recordFinding(tx, halt(event, "stakers_beyond_earnings", detail));
    },
  };
}

const NOBODY = `0x${"00".repeat(20)}`;

/** Credits wait or no longer do: the owner's in the ledger from the start, so this only says how much of what waits is of our epochs. */
export function pendingMoved(event: Of<"CreditPending"> | Of<"PendingReleased">): Effect {
  const address = lower(event.args.payee);
  const also = (tx: Tx) =>
    event.name === "CreditPending"
      ? carry(tx, event, { what: "pending", address, wei: event.args.pendingAmount })
      : settleCarried(tx, "pending", address, event.args.amount);
  return { wallet: address, also };
}

/**
 * The timelock took back a credit that waited. What our epochs had credited goes from its owner, or the stakers, back to the treasury; what a
 * stolen key had written was never here. Whose part of a payees root it was nobody can tell: then a person decides.
 */
export async function pendingCancelled(context: Context, event: Of<"PendingCancelled">): Promise<Effect> {
  const payee = lower(event.args.payee);
  const { amount } = event.args;
  const oursWei = await carriedOf(context.sql, "pending", payee, amount);
  const isStakers = payee === lower(context.chain.contracts.inferencePayment);
  const debit = isStakers ? STAKERS : ownerAccount(payee);
  const detail = `the timelock took back ${oursWei} wei that epochs of ours had credited to ${payee}, in ${event.txHash}`;
  return {
    wallet: payee,
    transfers: payee === NOBODY ? [] : [{ debit, credit: TREASURY, amount: oursWei, kind: "cancel" }],
    async also(tx) {
      await settleCarried(tx, "pending", payee, amount);
      if (payee === NOBODY && oursWei > 0n) await recordFinding(tx, halt(event, "roots_cancelled", detail));
    },
  };
}

/** The timelock let a wallet off: of what it owes for epochs of ours the treasury bears the loss. */
export async function receivableForgiven(context: Context, event: Of<"ReceivableForgiven">): Promise<Effect> {
  const wallet = lower(event.args.wallet);
  const { amount } = event.args;
  const amountWei = await carriedOf(context.sql, "receivable", wallet, amount);
  const { transfers } = await payOut(context, {
    ...{ sources: [TREASURY, FLOAT], receivable: TREASURY_OWES, amountWei, kind: "forgive" },
    to: receivableAccount(wallet),
  });
  return { wallet, transfers, also: (tx) => settleCarried(tx, "receivable", wallet, amount) };
}
