import "../errors.ts";
import type { EscrowState } from "@farlabs/chain";
import { coded } from "#kernel";
import { fromNumeric, type Sql } from "#platform/pg";
import type { SolvencyReport } from "../settlement.ts";
import { unsettledWei } from "./capacity.ts";
import type { Context } from "./context.ts";
import { readCursor } from "./cursor.ts";
import { ESCROW } from "./wallets.ts";

const TRIES = 5;

/** The escrow's books at the listener's block. */
export interface EscrowAtCursor extends EscrowState {
  /** Tokens sent to the contract past `deposit`, nobody's; below zero if the contract held less than it has booked. */
  surplusWei: bigint;
}

/**
 * Reads the contract at a block. Local chains and pruned nodes forget the state of old blocks; then the newest state serves, if no event of
 * the escrow came after the block asked for, since nothing else changes its books.
 * @throws ChainError
 */
async function escrowAt({ chain }: Context, blockNumber: bigint): Promise<EscrowState> {
  try {
    return await chain.escrowState({ blockNumber });
  } catch (error) {
    const state = await chain.escrowState();
    const since = await chain.readEvents({ fromBlock: blockNumber + 1n, toBlock: state.blockNumber });
    if (since.length > 0) throw error;
    return { ...state, blockNumber };
  }
}

/** Last event applied, and the net of those beyond the cursor (a range is applied event by event, then the cursor moves). */
async function readMark(sql: Sql, blockNumber: bigint): Promise<{ seq: string | null; beyondWei: bigint }> {
  const [row] = await sql<{ seq: string | null; beyond: string | null }[]>`
    SELECT max(seq) AS seq, sum(escrow_delta_wei) FILTER (WHERE block_number > ${String(blockNumber)}) AS beyond
    FROM settlement.chain_events`;
  return { seq: row?.seq ?? null, beyondWei: fromNumeric(row?.beyond) };
}

/**
 * What the ledger owes to wallets, owners and pools, less receivables, as of the listener's block. It is the escrow account with the opposite
 * sign: tasks move money only inside, so nothing but applied chain events changes it.
 */
async function liabilitiesAt({ sql, ledger }: Context, blockNumber: bigint): Promise<bigint> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await readMark(sql, blockNumber);
    const { posted } = await ledger.balance(ESCROW);
    const after = await readMark(sql, blockNumber);
    if (before.seq === after.seq) return -posted - before.beyondWei;
  }
  throw coded("chain_unavailable", {
    message: "The chain's events are being applied right now. Ask again.",
    retryAfterS: 1,
  });
}

/** Contract and ledger at the same block. @throws chain_unavailable, ChainError */
export async function reconcile(context: Context): Promise<{ escrow: EscrowAtCursor; liabilitiesWei: bigint }> {
  const cursor = await readCursor(context.sql);
  if (cursor === null) throw coded("chain_unavailable", { message: "The chain was not read yet.", retryAfterS: 5 });
  const [state, liabilitiesWei] = await Promise.all([
    escrowAt(context, cursor.blockNumber),
    liabilitiesAt(context, cursor.blockNumber),
  ]);
  const booked = state.usersWei + state.owedWei + state.stakersWei + state.treasuryWei;
  return { escrow: { ...state, surplusWei: state.tokenBalanceWei - booked }, liabilitiesWei };
}

/** The public reconciliation. @throws chain_unavailable */
export async function solvency(context: Context): Promise<SolvencyReport> {
  const { sql, ledger, clock } = context;
  const [{ escrow, liabilitiesWei }, trial, unsettled, last] = await Promise.all([
    reconcile(context),
    ledger.trialBalance(),
    unsettledWei(sql),
    sql<{ epoch: string | null }[]>`SELECT max(epoch) AS epoch FROM settlement.epochs WHERE status = 'settled'`,
  ]);
  // Only what is too much is set aside: were tokens missing, the difference would say so.
  const surplusWei = escrow.surplusWei > 0n ? escrow.surplusWei : 0n;
  const escrowWei = escrow.tokenBalanceWei - surplusWei;
  return {
    block: escrow.blockNumber.toString(),
    escrow_balance: escrowWei.toString(),
    liabilities: liabilitiesWei.toString(),
    difference: (escrowWei - liabilitiesWei).toString(),
    surplus: surplusWei.toString(),
    trial_balance: trial.map((t) => ({ asset: t.asset, debits: t.debits.toString(), credits: t.credits.toString() })),
    last_settled_epoch: Number(last[0]?.epoch ?? 0),
    unsettled: unsettled.toString(),
    checked_at: new Date(clock.now()).toISOString(),
  };
}
