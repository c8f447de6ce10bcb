/** A task on chain was completed: by us for one of its receipts, or by somebody else who has our key. */
import type { Transfer } from "#ledger";
import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "../operations/context.ts";
import { recordFinding } from "../operations/findings.ts";
import {
  ESCROW,
  FLOAT,
  ownerAccount,
  ownerOwes,
  STAKERS,
  STAKERS_OWE,
  TREASURY,
  TREASURY_OWES,
  taskAccount,
} from "../operations/wallets.ts";
import { type Effect, lower, type Of, payOut } from "./effect.ts";
import { closeTask, refund, userOf } from "./tasks.ts";

interface PaidRow {
  task_id: string;
  nodes: { nodeId: string; amountWei: string }[];
  operator_wei: string;
  stakers_wei: string;
  /** Paid on chain as it says. */
  exact: boolean;
}

/** The receipt whose operator a completion paid: what it says if it was ours. */
async function paidReceipt({ sql }: Context, event: Of<"TaskCompleted">): Promise<PaidRow | undefined> {
  const { actualCost, operatorAmount, stakersAmount, node, taskId } = event.args;
  const [row] = await sql<PaidRow[]>`
    SELECT task_id, nodes, operator_wei, stakers_wei, charge_wei = ${String(actualCost)}
      AND operator_wei = ${String(operatorAmount)} AND stakers_wei = ${String(stakersAmount)} AS exact
    FROM settlement.receipts
    WHERE payer_wallet = ${`task:${lower(taskId)}`} AND epoch IS NULL AND lower(nodes -> 0 ->> 'owner') = ${lower(node)}
    ORDER BY exact DESC, created_at, task_id LIMIT 1`;
  return row;
}

/** It needs no epoch any more. */
async function settle(context: Context, tx: Tx, event: Of<"TaskCompleted">, paid: PaidRow): Promise<void> {
  const { actualCost, operatorAmount, node, taskId } = event.args;
  const { task_id, nodes } = paid;
  await tx`UPDATE settlement.receipts SET epoch = 0 WHERE task_id = ${task_id}`;
  await tx`
    INSERT INTO settlement.task_completions (task_id, chain_task, node_id, owner, amount_wei, tx_hash, block_number)
    VALUES (${task_id}, ${lower(taskId)}, ${nodes[0]?.nodeId ?? ""}, ${lower(node)}, ${String(operatorAmount)},
      ${event.txHash}, ${String(event.blockNumber)})`;
  const settled = Object.fromEntries(nodes.map((n) => [n.nodeId, n.amountWei]));
  const payload = { task: task_id, charge: String(actualCost), tx_hash: event.txHash, nodes: settled };
  await context.outbox.publish(tx, [{ topic: settlementTopics.taskSettled, payload }]);
}

/**
 * The transfers of a completion that is not ours, so that the ledger has what the chain has: the task's whole money leaves; whom the chain
 * paid gets it. What a task here was paid for it, to the same operator, is taken back; what tasks were paid to others stays, and the treasury
 * pays that in the next epoch: it stands in, not the user, who has paid on chain already.
 */
async function standIn(context: Context, event: Of<"TaskCompleted">, paid?: PaidRow): Promise<Omit<Transfer, "id">[]> {
  const { actualCost, operatorAmount, stakersAmount, treasuryAmount, refundAmount } = event.args;
  const [id, owner, kind] = [lower(event.args.taskId), lower(event.args.node), "completion"];
  const [operatorWei, stakersWei] = [BigInt(paid?.operator_wei ?? 0), BigInt(paid?.stakers_wei ?? 0)];
  const restWei = actualCost + refundAmount - operatorWei - stakersWei;
  const out = await Promise.all([
    payOut(context, {
      ...{ sources: [ownerAccount(owner)], receivable: ownerOwes(owner), amountWei: operatorWei, kind },
    }),
    payOut(context, { sources: [STAKERS], receivable: STAKERS_OWE, amountWei: stakersWei, kind }),
    payOut(context, {
      ...{ sources: [taskAccount(id), TREASURY, FLOAT], receivable: TREASURY_OWES, amountWei: restWei, kind },
    }),
  ]);
  const to = (credit: string, amount: bigint) => ({ debit: ESCROW, credit, amount, kind });
  return [
    ...out.flatMap(({ transfers }) => transfers),
    ...[to(ownerAccount(owner), operatorAmount), to(STAKERS, stakersAmount), to(TREASURY, treasuryAmount)],
  ];
}

async function foreignCompletion(context: Context, event: Of<"TaskCompleted">, paid?: PaidRow): Promise<Effect> {
  const id = lower(event.args.taskId);
  const wallet = await userOf(context, id);
  const detail =
    `task ${id} was completed for ${event.args.actualCost} wei in ${event.txHash}, but that is not ours; ` +
    "the treasury pays what its user would still have to pay here";
  const also = async (tx: Tx) => {
    await closeTask(context, tx, { id, wallet, state: "completed", owedWei: 0n, key: "" });
    await tx`UPDATE settlement.chain_tasks SET stood_in = true WHERE id = ${id}`;
    if (paid !== undefined) await settle(context, tx, event, paid);
    await recordFinding(tx, { key: `completed:${id}`, code: "foreign_completion", detail, severity: "halt" });
  };
  return { wallet, deltaWei: -event.args.refundAmount, transfers: await standIn(context, event, paid), also };
}

export async function taskCompleted(context: Context, event: Of<"TaskCompleted">): Promise<Effect> {
  const paid = await paidReceipt(context, event);
  if (paid?.exact !== true) return foreignCompletion(context, event, paid);
  const { refundAmount } = event.args;
  const id = lower(event.args.taskId);
  const wallet = await userOf(context, id);
  const { transfers, owedWei } = await refund(context, id, wallet, refundAmount);
  const key = `${event.txHash}:${event.logIndex}`;
  const also = async (tx: Tx) => {
    await closeTask(context, tx, { id, wallet, state: "completed", owedWei, key });
    await settle(context, tx, event, paid);
  };
  return { wallet, deltaWei: -refundAmount, transfers, also };
}
