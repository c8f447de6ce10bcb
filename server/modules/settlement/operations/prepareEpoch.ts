/**
 * Nets pending receipts into the next epoch and stores it whole, calldata included, before anything is signed. The receipts' mark and the
 * epoch are one transaction; a unique index lets only one epoch be in flight, so a second settler loses here and nowhere later.
 */
import { type Batch, type ChainError, encodeSettleBatch } from "@farlabs/chain";
import { type Hex, zeroHash } from "viem";
import { type Sql, textArray } from "#platform/pg";
import { leafOf, merkleRoot } from "../model/merkle.ts";
import { type NettedEpoch, netEpoch } from "../model/netEpoch.ts";
import { receiptPreimage } from "../model/receiptPreimage.ts";
import { selectReceipts } from "../model/selectReceipts.ts";
import { batchGas, TX_GAS_MAX } from "./batchGas.ts";
import type { Context } from "./context.ts";
import { readPending } from "./readPending.ts";
import { type ReceiptRow, toPart } from "./receiptRow.ts";
import { type RootedEpoch, rootEpoch } from "./rootedPayees.ts";
import { type PreparedEpoch, storeEpoch } from "./storeEpoch.ts";

/** Of the contract: 400 payers; 400 payees and holds together. */
const PAYERS_MAX = 400;
/** Payees listed in a batch; those beyond claim under the epoch's root. */
const CREDITS_MAX = 300;
const HOLDS_MAX = 100;
/** Of an estimate: whoever must be paid may have become dearer by the time that it is mined. */
const GAS_MAX = (TX_GAS_MAX * 3n) / 4n;
/** Receipts hashed between two looks at anything else. */
const LEAVES_PAGE = 200;

/** Leaves in the order of task ids, which everybody can reproduce. */
async function readLeaves(sql: Sql, taskIds: readonly string[]): Promise<Hex[]> {
  const leaves: Hex[] = [];
  for (let i = 0; i < taskIds.length; i += LEAVES_PAGE) {
    const ids = textArray(taskIds.slice(i, i + LEAVES_PAGE));
    const rows = await sql<ReceiptRow[]>`SELECT * FROM settlement.receipts WHERE task_id = ANY(${ids}::text[])`;
    const byId = new Map(rows.map((row) => [row.task_id, row]));
    for (const id of taskIds.slice(i, i + LEAVES_PAGE)) {
      const row = byId.get(id);
      if (row === undefined) throw new Error(`receipt ${id} is gone`);
      leaves.push(leafOf(receiptPreimage(toPart(row))));
    }
  }
  return leaves;
}

async function lastEpoch(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ last: string | null }[]>`SELECT max(epoch) AS last FROM settlement.epochs`;
  return BigInt(row?.last ?? 0);
}

/** Hashes are as long as they will be: what the batch costs does not depend on what they say. */
const NO_ROOTS: { receiptsRoot: Hex; rooted: Pick<RootedEpoch, "root"> } = {
  receiptsRoot: `0x${"11".repeat(32)}`,
  rooted: { root: `0x${"11".repeat(32)}` },
};

interface Roots {
  receiptsRoot: Hex;
  rooted: Pick<RootedEpoch, "root">;
}

function toBatch(epoch: bigint, taskCount: number, netted: NettedEpoch, { receiptsRoot, rooted }: Roots): Batch {
  return {
    ...{ epoch, taskCount, receiptsRoot, treasuryDebitWei: netted.treasuryDebitWei },
    stakersWei: netted.stakersWei,
    treasuryWei: netted.treasuryWei,
    rootedWei: netted.rooted.reduce((sum, r) => sum + r.amountWei, 0n),
    payeesRoot: rooted.root ?? zeroHash,
    debits: netted.debits.map((d) => ({ wallet: d.wallet as Hex, amountWei: d.amountWei })),
    credits: netted.credits.map((c) => ({ payee: c.payee as Hex, amountWei: c.amountWei })),
    holds: netted.holds.map((h) => ({ nodeId: h.nodeId, owner: h.owner as Hex, amountWei: h.amountWei })),
  };
}

/** What the treasury may pay in this epoch: never so much that an operator would have to wait for it. */
async function treasuryWeiMax({ chain }: Context, amountWeiMax: bigint, treasuryFirst: boolean): Promise<bigint> {
  const { treasuryWei, pendingWei } = await chain.escrowState();
  const freeWei = treasuryWei > pendingWei ? treasuryWei - pendingWei : 0n;
  const shareWei = treasuryFirst ? amountWeiMax / 2n : amountWeiMax;
  return freeWei < shareWei ? freeWei : shareWei;
}

/**
 * Chooses and nets; where one transaction could not carry the batch (a payer whose debit is clamped, or a hold, costs the contract
 * several times the usual gas), half as many parties, and so on.
 * @throws ChainError when not even the smallest part can be estimated
 */
async function choose(context: Context, epoch: bigint): Promise<PreparedEpoch | null> {
  const { sql, chain, config } = context;
  const tasksMax = config.SETTLEMENT_EPOCH_TASKS;
  const treasuryFirst = epoch % 2n === 1n;
  const [amountWeiMax, pending] = await Promise.all([
    chain.settleableAmount(),
    readPending(sql, { payersMax: PAYERS_MAX, tasksMax, treasuryFirst }),
  ]);
  const caps = { tasksMax, amountWeiMax, treasuryWeiMax: await treasuryWeiMax(context, amountWeiMax, treasuryFirst) };
  let failure: ChainError | undefined;
  for (let share = 1; share <= PAYERS_MAX; share *= 2) {
    const part = (max: number): number => Math.ceil(max / share);
    const chosen = selectReceipts(pending, { ...caps, payersMax: part(PAYERS_MAX), holdsMax: part(HOLDS_MAX) });
    if (chosen.length === 0) return null;
    const netted = netEpoch(chosen, part(CREDITS_MAX));
    const taskIds = chosen.map((r) => r.taskId).sort();
    const estimate = await batchGas(context, encodeSettleBatch(toBatch(epoch, taskIds.length, netted, NO_ROOTS)));
    failure = estimate.gas === undefined ? estimate.error : undefined;
    // What the contract refuses now (paused, caps) it may take later; what nobody can estimate is too large.
    if (estimate.gas === undefined ? estimate.error.revert === undefined : estimate.gas > GAS_MAX) continue;
    const leaves = await readLeaves(sql, taskIds);
    const roots = { receiptsRoot: await merkleRoot(leaves), rooted: await rootEpoch(sql, epoch, netted.rooted) };
    const calldata = encodeSettleBatch(toBatch(epoch, taskIds.length, netted, roots));
    return { ...{ epoch, taskIds, leaves, netted, calldata }, ...roots };
  }
  if (failure !== undefined) throw failure;
  return null;
}

/**
 * Prepares the next epoch from what is pending.
 * @returns false when nothing fits under the caps now, the chain's last epoch is not ours yet, or another settler was faster
 * @throws ChainError
 */
export async function prepareEpoch(context: Context): Promise<boolean> {
  const last = await lastEpoch(context.sql);
  // Ahead of us: not ours, which the listener will say once it is confirmed. Behind: the node lags.
  if ((await context.chain.settledEpoch()) !== last) return false;
  const epoch = last + 1n;
  const chosen = await choose(context, epoch);
  if (chosen === null || !(await storeEpoch(context, chosen))) return false;
  const { taskIds, netted } = chosen;
  context.log.info("epoch prepared", { epoch: Number(epoch), tasks: taskIds.length, payers: netted.debits.length });
  await context.crashPoint("epoch.stored");
  return true;
}
