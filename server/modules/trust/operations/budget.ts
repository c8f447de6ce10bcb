import { type Context, hourOf } from "./context.ts";

/** Whether the treasury still pays for checks of the owner's nodes in this hour. Checks under way may go beyond the budget by their own cost. */
export async function isAffordable({ sql, clock, config }: Context, owner: string): Promise<boolean> {
  const [row] = await sql<{ spent: string }[]>`
    select spent from trust.budgets where owner_wallet = ${owner} and hour = ${hourOf(clock.now())}`;
  return row === undefined || BigInt(row.spent) < config.TRUST_BUDGET_FAR;
}

/** Notes what a check of the owner's nodes cost. */
export async function spend(
  { sql, clock }: Context,
  { owner, costWei }: { owner: string; costWei: bigint },
): Promise<void> {
  if (costWei <= 0n) return;
  await sql`
    insert into trust.budgets as b (owner_wallet, hour, spent) values (${owner}, ${hourOf(clock.now())}, ${costWei.toString()})
    on conflict (owner_wallet, hour) do update set spent = b.spent + excluded.spent`;
}

/** End of the present hour, ms since 1970, when there is a new budget. */
export const nextBudgetMs = ({ clock }: Pick<Context, "clock">): number => hourOf(clock.now()).getTime() + 3_600_000;

/**
 * The budget is spent: fewer user tasks rather than fewer audits. The owner's nodes get none until the next hour; nodes that are suspended
 * for another reason stay so.
 */
export async function holdUserTasks(context: Context, owner: string): Promise<void> {
  const { nodes, sql } = context;
  const held = await sql<{ node_id: string }[]>`
    select node_id from trust.nodes where owner_wallet = ${owner} and not told_suspended
      and standing not in ('suspended', 'proposed', 'appealed')`;
  for (const { node_id } of held)
    if (nodes.live().has(node_id)) await nodes.suspend(node_id, "audit_budget_spent", nextBudgetMs(context));
}
