/**
 * A task that its user put on chain. Its money is `far:task:<id>`; a task here reserves on it, its charge is posted from it, and
 * `completeTask` (operations/completeTasks.ts) does on chain what the post did here. States: `open` → `completed` or `reclaimed`.
 * A receipt that is left when the chain task is closed is the user's to pay out of its escrow balance, in the next epoch.
 */
import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "../operations/context.ts";
import { recordFinding } from "../operations/findings.ts";
import { ESCROW, receivableAccount, taskAccount, walletAccount } from "../operations/wallets.ts";
import { dateOf, type Effect, lower, type Of, payOut } from "./effect.ts";

/** A task may begin in the first third of the time; the rest is for it to end and to be completed. */
const USABLE_SHARE = 3;

export function taskCreated(context: Context, event: Of<"TaskCreated">): Effect {
  const { estimatedCost: amount, reclaimableAt } = event.args;
  const [id, wallet] = [lower(event.args.taskId), lower(event.args.user)];
  const also = async (tx: Tx) => {
    const now = context.clock.now();
    const until = now + Math.max(0, dateOf(reclaimableAt).getTime() - now) / USABLE_SHARE;
    await tx`
      INSERT INTO settlement.chain_tasks (id, wallet, escrowed_wei, usable_until, reclaimable_at)
      VALUES (${id}, ${wallet}, ${String(amount)}, ${new Date(until)}, ${dateOf(reclaimableAt)})`;
  };
  const transfers = [{ debit: ESCROW, credit: taskAccount(id), amount, kind: "escrow" }];
  return { wallet, deltaWei: amount, transfers, also };
}

interface Closing {
  id: string;
  wallet: string;
  state: "completed" | "reclaimed";
  owedWei: bigint;
  /** Where in the chain. */
  key: string;
}

/** Nothing is reserved on it any more; what its user was paid beyond what was free is owed, and freezes until it is repaid. */
async function close(context: Context, tx: Tx, closing: Closing): Promise<void> {
  const { id, wallet, state, owedWei, key } = closing;
  await context.ledger.setFrozen(tx, taskAccount(id), true);
  await tx`UPDATE settlement.chain_tasks SET state = ${state}, leftover = true WHERE id = ${id}`;
  if (owedWei === 0n) return;
  const detail = `${wallet} was paid ${owedWei} wei that its task ${id} had spent; its escrow balance pays them`;
  await recordFinding(tx, { key: `task:${key}`, code: "task_paid_back", detail, wallet });
  await context.ledger.setFrozen(tx, walletAccount(wallet), true);
}

const userOf = async ({ sql }: Context, id: string): Promise<string> => {
  const [row] = await sql<{ wallet: string }[]>`SELECT wallet FROM settlement.chain_tasks WHERE id = ${id}`;
  return row?.wallet ?? "";
};

const refund = (context: Context, id: string, wallet: string, amountWei: bigint) =>
  payOut(context, {
    ...{ sources: [taskAccount(id)], receivable: receivableAccount(wallet), amountWei, kind: "refund" },
  });

export async function taskReclaimed(context: Context, event: Of<"TaskReclaimed">): Promise<Effect> {
  const { amount } = event.args;
  const [id, wallet] = [lower(event.args.taskId), lower(event.args.user)];
  const { transfers, owedWei } = await refund(context, id, wallet, amount);
  const key = `${event.txHash}:${event.logIndex}`;
  const also = (tx: Tx) => close(context, tx, { id, wallet, state: "reclaimed", owedWei, key });
  return { wallet, deltaWei: -amount, transfers, also };
}

interface PaidRow {
  task_id: string;
  nodes: { nodeId: string; amountWei: string }[];
}

export async function taskCompleted(context: Context, event: Of<"TaskCompleted">): Promise<Effect> {
  const { actualCost, operatorAmount, stakersAmount, refundAmount } = event.args;
  const id = lower(event.args.taskId);
  const wallet = await userOf(context, id);
  const { transfers, owedWei } = await refund(context, id, wallet, refundAmount);
  const key = `${event.txHash}:${event.logIndex}`;
  const also = async (tx: Tx) => {
    await close(context, tx, { id, wallet, state: "completed", owedWei, key });
    const [row] = await tx<PaidRow[]>`
      UPDATE settlement.receipts SET epoch = 0 WHERE task_id = (
        SELECT task_id FROM settlement.receipts
        WHERE payer_wallet = ${`task:${id}`} AND epoch IS NULL AND charge_wei = ${String(actualCost)}
          AND operator_wei = ${String(operatorAmount)} AND stakers_wei = ${String(stakersAmount)}
          AND lower(nodes -> 0 ->> 'owner') = ${lower(event.args.node)}
        ORDER BY created_at, task_id LIMIT 1)
      RETURNING task_id, nodes`;
    if (row === undefined) {
      const detail = `task ${id} was completed for ${actualCost} wei in ${event.txHash}, but that is not ours`;
      return recordFinding(tx, { key: `completed:${id}`, code: "foreign_completion", detail, severity: "halt" });
    }
    await tx`
      INSERT INTO settlement.task_completions (task_id, chain_task, node_id, owner, amount_wei, tx_hash, block_number)
      VALUES (${row.task_id}, ${id}, ${row.nodes[0]?.nodeId ?? ""}, ${lower(event.args.node)}, ${String(operatorAmount)},
        ${event.txHash}, ${String(event.blockNumber)})`;
    const nodes = Object.fromEntries(row.nodes.map((n) => [n.nodeId, n.amountWei]));
    const payload = { task: row.task_id, charge: String(actualCost), tx_hash: event.txHash, nodes };
    await context.outbox.publish(tx, [{ topic: settlementTopics.taskSettled, payload }]);
  };
  return { wallet, deltaWei: -refundAmount, transfers, also };
}

/** Keeps tasks from being begun that could not be completed before their user may take the money back. */
export async function retireTasks({ sql, ledger, clock }: Context): Promise<void> {
  const rows = await sql<{ id: string }[]>`
    SELECT id FROM settlement.chain_tasks
    WHERE state = 'open' AND usable_until <= ${new Date(clock.now())} AND usable_until > ${new Date(clock.now() - 86_400_000)}
    LIMIT 1000`;
  for (const { id } of rows) await sql.begin((tx) => ledger.setFrozen(tx, taskAccount(id), true));
}
