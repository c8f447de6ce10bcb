/**
 * A task that its user put on chain. Its money is `far:task:<id>`; a task here reserves on it, its charge is posted from it, and
 * `completeTask` (operations/completeTasks.ts) does on chain what the post did here. States: `open` → `completed` or `reclaimed`.
 * A receipt that is left when the chain task is closed is the user's to pay out of its escrow balance, in the next epoch.
 */
import type { Tx } from "#platform/pg";
import type { Context } from "../operations/context.ts";
import { recordFinding } from "../operations/findings.ts";
import { ESCROW, receivableAccount, taskAccount, walletAccount } from "../operations/wallets.ts";
import { dateOf, type Effect, lower, type Of, payOut } from "./effect.ts";

/** Between the latest end of a task and its user's right to take the money back: for completions to be mined, many at a time. */
const MARGIN_MS = 600_000;

export function taskCreated(context: Context, event: Of<"TaskCreated">): Effect {
  const { estimatedCost: amount, reclaimableAt } = event.args;
  const [id, wallet] = [lower(event.args.taskId), lower(event.args.user)];
  const also = async (tx: Tx) => {
    const until = dateOf(reclaimableAt).getTime() - context.taskMsMax - MARGIN_MS;
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
export async function closeTask(context: Context, tx: Tx, closing: Closing): Promise<void> {
  const { id, wallet, state, owedWei, key } = closing;
  await context.ledger.setFrozen(tx, taskAccount(id), true);
  await tx`UPDATE settlement.chain_tasks SET state = ${state}, leftover = true WHERE id = ${id}`;
  if (owedWei === 0n) return;
  const detail = `${wallet} was paid ${owedWei} wei that its task ${id} had spent; its escrow balance pays them`;
  await recordFinding(tx, { key: `task:${key}`, code: "task_paid_back", detail, wallet });
  await context.ledger.setFrozen(tx, walletAccount(wallet), true);
}

export const userOf = async ({ sql }: Context, id: string): Promise<string> => {
  const [row] = await sql<{ wallet: string }[]>`SELECT wallet FROM settlement.chain_tasks WHERE id = ${id}`;
  return row?.wallet ?? "";
};

export const refund = (context: Context, id: string, wallet: string, amountWei: bigint) =>
  payOut(context, {
    ...{ sources: [taskAccount(id)], receivable: receivableAccount(wallet), amountWei, kind: "refund" },
  });

export async function taskReclaimed(context: Context, event: Of<"TaskReclaimed">): Promise<Effect> {
  const { amount } = event.args;
  const [id, wallet] = [lower(event.args.taskId), lower(event.args.user)];
  const { transfers, owedWei } = await refund(context, id, wallet, amount);
  const key = `${event.txHash}:${event.logIndex}`;
  const also = (tx: Tx) => closeTask(context, tx, { id, wallet, state: "reclaimed", owedWei, key });
  return { wallet, deltaWei: -amount, transfers, also };
}

/** Keeps tasks from being begun that could not be completed before their user may take the money back. */
export async function retireTasks({ sql, ledger, clock }: Context): Promise<void> {
  const rows = await sql<{ id: string }[]>`
    SELECT id FROM settlement.chain_tasks
    WHERE state = 'open' AND NOT retired AND usable_until <= ${new Date(clock.now())} ORDER BY usable_until LIMIT 1000`;
  for (const { id } of rows) {
    await sql.begin(async (tx) => {
      await ledger.setFrozen(tx, taskAccount(id), true);
      await tx`UPDATE settlement.chain_tasks SET retired = true WHERE id = ${id}`;
    });
  }
}
