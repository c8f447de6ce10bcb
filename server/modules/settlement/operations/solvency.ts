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
    if (since.some((event) => event.contract === "inferencePayment")) throw error;
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
 * What the ledger owes to wallets, vouchers, owners, held stakes, single tasks and pools, less receivables, as of the listener's block. It is
 * the escrow account with the opposite sign: tasks move money only inside, so nothing but applied chain events changes it.
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
  return { escrow: { ...state, surplusWei: state.tokenBalanceWei - state.liabilitiesWei }, liabilitiesWei };
}

/** Parts of the liabilities as this module's own tables have them. */
async function setAside(sql: Sql): Promise<{ vouchers: string; held: string }> {
  const [row] = await sql<{ vouchers: string; held: string }[]>`
    SELECT (SELECT coalesce(sum(amount_wei), 0) FROM settlement.vouchers WHERE state = 'open') AS vouchers,
      (SELECT coalesce(sum((n ->> 'amountWei')::numeric), 0)
        FROM settlement.receipts r, jsonb_array_elements(r.nodes) n
        WHERE r.epoch IS NULL AND (n ->> 'held')::boolean)
      + (SELECT coalesce(sum(h.amount_wei), 0) FROM settlement.epoch_holds h JOIN settlement.epochs e USING (epoch)
        WHERE e.status <> 'settled') AS held`;
  if (row === undefined) throw new Error("a select without a table gives one row");
  return row;
}

/** The public reconciliation. @throws chain_unavailable */
export async function solvency(context: Context): Promise<SolvencyReport> {
  const { sql, ledger, clock } = context;
  const [{ escrow, liabilitiesWei }, trial, unsettled, { vouchers, held }, last] = await Promise.all([
    reconcile(context),
    ledger.trialBalance(),
    unsettledWei(sql),
    setAside(sql),
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
    escrow: {
      users: escrow.usersWei.toString(),
      owed: escrow.owedWei.toString(),
      rooted: escrow.rootedWei.toString(),
      tasks: escrow.tasksWei.toString(),
      stakers: escrow.stakersWei.toString(),
      treasury: escrow.treasuryWei.toString(),
    },
    set_aside: { vouchers, tasks: escrow.tasksWei.toString() },
    held,
    pending_credits: escrow.pendingWei.toString(),
    trial_balance: trial.map((t) => ({ asset: t.asset, debits: t.debits.toString(), credits: t.credits.toString() })),
    last_settled_epoch: Number(last[0]?.epoch ?? 0),
    unsettled: unsettled.toString(),
    checked_at: new Date(clock.now()).toISOString(),
  };
}
