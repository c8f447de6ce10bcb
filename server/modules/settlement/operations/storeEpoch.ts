import { nodeKeyOf } from "@farlabs/chain";
import type { Hex } from "viem";
import { booleanArray, numberArray, type Tx, textArray } from "#platform/pg";
import type { NettedEpoch } from "../model/netEpoch.ts";
import type { Context } from "./context.ts";
import type { RootedEpoch } from "./rootedPayees.ts";

export interface PreparedEpoch {
  epoch: bigint;
  /** Sorted. */
  taskIds: readonly string[];
  leaves: readonly Hex[];
  receiptsRoot: Hex;
  netted: NettedEpoch;
  rooted: RootedEpoch;
  calldata: Hex;
}

const bytesOf = (hashes: readonly string[]): Buffer => Buffer.from(hashes.map((h) => h.slice(2)).join(""), "hex");

async function insertEpoch({ clock }: Context, tx: Tx, prepared: PreparedEpoch): Promise<boolean> {
  const { epoch, taskIds, leaves, receiptsRoot, netted, rooted, calldata } = prepared;
  const rootedWei = rooted.added.reduce((sum, r) => sum + r.amountWei, 0n);
  const [row] = await tx`
    INSERT INTO settlement.epochs (epoch, receipts_root, task_count, declared_wei, stakers_wei, treasury_wei,
      treasury_debit_wei, rooted_wei, payees_root, calldata, prepared_at)
    VALUES (${String(epoch)}, ${receiptsRoot}, ${taskIds.length}, ${String(netted.declaredWei)}, ${String(netted.stakersWei)},
      ${String(netted.treasuryWei)}, ${String(netted.treasuryDebitWei)}, ${String(rootedWei)}, ${rooted.root}, ${calldata},
      ${new Date(clock.now())})
    ON CONFLICT DO NOTHING RETURNING 1`;
  if (row === undefined) return false;
  await tx`
    INSERT INTO settlement.epoch_leaves (epoch, receipts, payees)
    VALUES (${String(epoch)}, ${bytesOf(leaves)}, ${bytesOf(rooted.leaves)})`;
  return true;
}

async function insertParties(tx: Tx, { epoch, netted, rooted }: PreparedEpoch): Promise<void> {
  const { debits, credits, holds, nodes } = netted;
  const n = String(epoch);
  const wei = (rows: readonly { amountWei: bigint }[]) => numberArray(rows.map((r) => r.amountWei));
  await tx`
    INSERT INTO settlement.epoch_debits (epoch, wallet, amount_wei)
    SELECT ${n}, * FROM unnest(${textArray(debits.map((d) => d.wallet))}::text[], ${wei(debits)}::numeric[])`;
  await tx`
    INSERT INTO settlement.epoch_credits (epoch, payee, amount_wei)
    SELECT ${n}, * FROM unnest(${textArray(credits.map((c) => c.payee))}::text[], ${wei(credits)}::numeric[])`;
  await tx`
    INSERT INTO settlement.epoch_nodes (epoch, node_id, owner, held, amount_wei)
    SELECT ${n}, i, o, h, w FROM unnest(${textArray(nodes.map((r) => r.nodeId))}::text[],
      ${textArray(nodes.map((r) => r.owner))}::text[], ${booleanArray(nodes.map((r) => r.held))}::boolean[],
      ${wei(nodes)}::numeric[]) AS u (i, o, h, w)`;
  await tx`
    INSERT INTO settlement.epoch_holds (epoch, node_key, owner, node_id, amount_wei)
    SELECT ${n}, * FROM unnest(${textArray(holds.map((h) => nodeKeyOf(h.nodeId)))}::text[],
      ${textArray(holds.map((h) => h.owner))}::text[], ${textArray(holds.map((h) => h.nodeId))}::text[], ${wei(holds)}::numeric[])`;
  await tx`
    INSERT INTO settlement.epoch_rooted (epoch, payee, amount_wei, cumulative_wei)
    SELECT ${n}, * FROM unnest(${textArray(rooted.added.map((r) => r.payee))}::text[], ${wei(rooted.added)}::numeric[],
      ${numberArray(rooted.added.map((r) => r.cumulativeWei))}::numeric[])`;
}

/**
 * Stores an epoch and marks its receipts, in one transaction.
 * @returns false when another settler was faster
 */
export async function storeEpoch(context: Context, prepared: PreparedEpoch): Promise<boolean> {
  const { epoch, taskIds } = prepared;
  return (await context.sql.begin(async (tx) => {
    if (!(await insertEpoch(context, tx, prepared))) return false;
    await insertParties(tx, prepared);
    const marked = await tx`
      UPDATE settlement.receipts SET epoch = ${String(epoch)}
      WHERE task_id = ANY(${textArray(taskIds)}::text[]) AND epoch IS NULL`;
    // Somebody marked one of them since it was read: nothing of this epoch stays.
    if (marked.count !== taskIds.length)
      throw new Error(`epoch ${epoch}: ${marked.count} of ${taskIds.length} receipts`);
    return true;
  })) as boolean;
}
