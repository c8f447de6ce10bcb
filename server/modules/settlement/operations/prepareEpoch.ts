/**
 * Nets pending receipts into the next epoch and stores it whole, calldata included, before anything is signed. The receipts' mark and the
 * epoch are one transaction; a unique index lets only one epoch be in flight, so a second settler loses here and nowhere later.
 */
import { type Batch, encodeSettleBatch } from "@farlabs/chain";
import type { Hex } from "viem";
import { numberArray, type Sql, textArray } from "#platform/pg";
import { leavesOf, merkleRoot } from "../model/merkle.ts";
import { type NettedEpoch, netEpoch } from "../model/netEpoch.ts";
import { receiptPreimage } from "../model/receiptPreimage.ts";
import { selectReceipts } from "../model/selectReceipts.ts";
import type { Context } from "./context.ts";
import { type ReceiptRow, toPart } from "./receiptRow.ts";

const PAYERS_MAX = 400;
const PAYEES_MAX = 400;

/** Pending receipts, the most urgent wallets first: those that leave, then by their oldest receipt. Only whole wallets but for the first. */
async function readPending(sql: Sql, tasksMax: number): Promise<ReceiptRow[]> {
  const rows = await sql<ReceiptRow[]>`
    WITH wallets AS (
      SELECT payer_wallet, min(created_at) AS oldest, EXISTS (
        SELECT 1 FROM settlement.exits e WHERE e.wallet = payer_wallet AND e.state = 'open') AS leaving
      FROM settlement.receipts WHERE epoch IS NULL GROUP BY payer_wallet
      ORDER BY leaving DESC, oldest, payer_wallet LIMIT ${PAYERS_MAX * 2})
    SELECT r.* FROM settlement.receipts r JOIN wallets w USING (payer_wallet) WHERE r.epoch IS NULL
    ORDER BY w.leaving DESC, w.oldest, payer_wallet, r.created_at, r.task_id LIMIT ${tasksMax + 1}`;
  const first = rows[0]?.payer_wallet;
  const cut = rows.length > tasksMax ? rows.at(-1)?.payer_wallet : undefined;
  // The last wallet may go on beyond the limit.
  return cut === undefined || cut === first ? rows.slice(0, tasksMax) : rows.filter((r) => r.payer_wallet !== cut);
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
 * Prepares the next epoch from what is pending.
 * @returns false when nothing fits under the caps now, the chain's last epoch is not ours yet, or another settler was faster
 * @throws ChainError
 */
export async function prepareEpoch(context: Context): Promise<boolean> {
  const { sql, chain, config } = context;
  const last = await lastEpoch(sql);
  // Ahead of us: not ours, which the listener will say once it is confirmed. Behind: the node lags.
  if ((await chain.settledEpoch()) !== last) return false;
  const tasksMax = config.SETTLEMENT_EPOCH_TASKS;
  const [amountWeiMax, rows] = await Promise.all([chain.settleableAmount(), readPending(sql, tasksMax)]);
  const parts = new Map(rows.map((row) => [row.task_id, toPart(row)]));
  const pending = [...parts.values()].map(({ taskId, payerWallet, chargeWei, split, nodes }) => {
    return {
      taskId,
      wallet: payerWallet,
      chargeWei,
      stakersWei: split.stakersWei,
      treasuryWei: split.treasuryWei,
      nodes,
    };
  });
  const limits = { payersMax: PAYERS_MAX, payeesMax: PAYEES_MAX, tasksMax, amountWeiMax };
  const chosen = selectReceipts(pending, limits);
  if (chosen.length === 0) return false;
  // The tree's order is that of task ids, which everybody can reproduce.
  const taskIds = chosen.map((r) => r.taskId).sort();
  const preimages = taskIds.flatMap((id) => parts.get(id) ?? []).map(receiptPreimage);
  const root = await merkleRoot(await leavesOf(preimages));
  const netted = netEpoch(chosen);
  const epoch = last + 1n;
  const calldata = encodeSettleBatch(toBatch(epoch, taskIds.length, root, netted));
  if (!(await store(context, { epoch, taskIds, root, netted, calldata }))) return false;
  context.log.info("epoch prepared", { epoch: Number(epoch), tasks: taskIds.length, payers: netted.debits.length });
  await context.crashPoint("epoch.stored");
  return true;
}
