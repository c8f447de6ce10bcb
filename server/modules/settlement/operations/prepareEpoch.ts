/**
 * Nets pending receipts into the next epoch and stores it whole, calldata included, before anything is signed. The receipts' mark and the
 * epoch are one transaction; a unique index lets only one epoch be in flight, so a second settler loses here and nowhere later.
 */
import { type Batch, encodeSettleBatch } from "@farlabs/chain";
import type { Hex } from "viem";
import { numberArray, type Sql, textArray } from "#platform/pg";
import { leafOf, merkleRoot } from "../model/merkle.ts";
import { type NettedEpoch, netEpoch } from "../model/netEpoch.ts";
import { receiptPreimage } from "../model/receiptPreimage.ts";
import { type PendingReceipt, selectReceipts } from "../model/selectReceipts.ts";
import { batchGas, TX_GAS_MAX } from "./batchGas.ts";
import type { Context } from "./context.ts";
import { type ReceiptRow, toPart } from "./receiptRow.ts";

/** Of the contract. */
const PAYERS_MAX = 400;
const PAYEES_MAX = 400;
/** Receipts hashed between two looks at anything else. */
const LEAVES_PAGE = 200;

interface PendingRow {
  task_id: string;
  payer_wallet: string;
  charge_wei: string;
  stakers_wei: string;
  treasury_wei: string;
  nodes: ReceiptRow["nodes"];
}

const toPending = (row: PendingRow): PendingReceipt => ({
  taskId: row.task_id,
  wallet: row.payer_wallet,
  chargeWei: BigInt(row.charge_wei),
  stakersWei: BigInt(row.stakers_wei),
  treasuryWei: BigInt(row.treasury_wei),
  nodes: row.nodes.map((n) => ({ owner: n.owner, amountWei: BigInt(n.amountWei) })),
});

/** Pending receipts, the most urgent wallets first: those that leave, then by their oldest receipt. Only whole wallets but for the first. */
async function readPending(sql: Sql, tasksMax: number): Promise<PendingReceipt[]> {
  const rows = await sql<PendingRow[]>`
    WITH wallets AS (
      SELECT payer_wallet, min(created_at) AS oldest, EXISTS (
        SELECT 1 FROM settlement.exits e WHERE e.wallet = payer_wallet AND e.state = 'open') AS leaving
      FROM settlement.receipts WHERE epoch IS NULL GROUP BY payer_wallet
      ORDER BY leaving DESC, oldest, payer_wallet LIMIT ${PAYERS_MAX * 2})
    SELECT r.task_id, payer_wallet, r.charge_wei, r.stakers_wei, r.treasury_wei, r.nodes
    FROM settlement.receipts r JOIN wallets w USING (payer_wallet) WHERE r.epoch IS NULL
    ORDER BY w.leaving DESC, w.oldest, payer_wallet, r.created_at, r.task_id LIMIT ${tasksMax + 1}`;
  const first = rows[0]?.payer_wallet;
  const cut = rows.length > tasksMax ? rows.at(-1)?.payer_wallet : undefined;
  // The last wallet may go on beyond the limit.
  const whole =
    cut === undefined || cut === first ? rows.slice(0, tasksMax) : rows.filter((r) => r.payer_wallet !== cut);
  return whole.map(toPending);
}

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

interface Prepared {
  epoch: bigint;
  taskIds: readonly string[];
  root: Hex;
  netted: NettedEpoch;
  calldata: Hex;
}

function toBatch(epoch: bigint, taskCount: number, receiptsRoot: Hex, netted: NettedEpoch): Batch {
  return {
    ...{ epoch, taskCount, receiptsRoot, treasuryDebitWei: 0n },
    stakersWei: netted.stakersWei,
    treasuryWei: netted.treasuryWei,
    debits: netted.debits.map((d) => ({ wallet: d.wallet as Hex, amountWei: d.amountWei })),
    credits: netted.credits.map((c) => ({ payee: c.payee as Hex, amountWei: c.amountWei })),
  };
}

async function store({ sql, clock }: Context, prepared: Prepared): Promise<boolean> {
  const { epoch, taskIds, root, netted, calldata } = prepared;
  const { declaredWei, stakersWei, treasuryWei, debits, credits } = netted;
  return (await sql.begin(async (tx) => {
    const [row] = await tx`
      INSERT INTO settlement.epochs
        (epoch, receipts_root, task_count, declared_wei, stakers_wei, treasury_wei, calldata, prepared_at)
      VALUES (${String(epoch)}, ${root}, ${taskIds.length}, ${String(declaredWei)}, ${String(stakersWei)},
        ${String(treasuryWei)}, ${calldata}, ${new Date(clock.now())})
      ON CONFLICT DO NOTHING RETURNING 1`;
    if (row === undefined) return false;
    await tx`
      INSERT INTO settlement.epoch_debits (epoch, wallet, amount_wei)
      SELECT ${String(epoch)}, * FROM unnest(${textArray(debits.map((d) => d.wallet))}::text[],
        ${numberArray(debits.map((d) => d.amountWei))}::numeric[])`;
    await tx`
      INSERT INTO settlement.epoch_credits (epoch, payee, amount_wei)
      SELECT ${String(epoch)}, * FROM unnest(${textArray(credits.map((c) => c.payee))}::text[],
        ${numberArray(credits.map((c) => c.amountWei))}::numeric[])`;
    const marked = await tx`
      UPDATE settlement.receipts SET epoch = ${String(epoch)}
      WHERE task_id = ANY(${textArray(taskIds)}::text[]) AND epoch IS NULL`;
    // Somebody marked one of them since it was read: nothing of this epoch stays.
    if (marked.count !== taskIds.length)
      throw new Error(`epoch ${epoch}: ${marked.count} of ${taskIds.length} receipts`);
    return true;
  })) as boolean;
}

/**
 * Chooses and nets; where one transaction could not carry the batch (a payer whose debit is clamped costs the contract several times the
 * usual gas), half as many payers and payees, and so on.
 */
async function choose(context: Context, epoch: bigint): Promise<Omit<Prepared, "epoch"> | null> {
  const { sql, chain, config } = context;
  const tasksMax = config.SETTLEMENT_EPOCH_TASKS;
  const [amountWeiMax, pending] = await Promise.all([chain.settleableAmount(), readPending(sql, tasksMax)]);
  for (let share = 1; share <= PAYERS_MAX; share *= 2) {
    const [payersMax, payeesMax] = [Math.ceil(PAYERS_MAX / share), Math.ceil(PAYEES_MAX / share)];
    const chosen = selectReceipts(pending, { payersMax, payeesMax, tasksMax, amountWeiMax });
    if (chosen.length === 0) return null;
    const netted = netEpoch(chosen);
    const taskIds = chosen.map((r) => r.taskId).sort();
    const gas = await batchGas(
      context,
      encodeSettleBatch(toBatch(epoch, taskIds.length, `0x${"00".repeat(32)}`, netted)),
    );
    if (gas !== undefined && gas > TX_GAS_MAX) continue;
    const root = await merkleRoot(await readLeaves(sql, taskIds));
    return { taskIds, root, netted, calldata: encodeSettleBatch(toBatch(epoch, taskIds.length, root, netted)) };
  }
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
  if (chosen === null || !(await store(context, { epoch, ...chosen }))) return false;
  const { taskIds, netted } = chosen;
  context.log.info("epoch prepared", { epoch: Number(epoch), tasks: taskIds.length, payers: netted.debits.length });
  await context.crashPoint("epoch.stored");
  return true;
}
