import type { Tx } from "#platform/pg";
import { type Context, hourOf } from "./context.ts";

/** Stands for all owners together; no wallet is called so. */
const NETWORK = "network";
const HOUR_MS = 3_600_000;

/** What a check may cost at most, and whose nodes it is for. */
export interface Wanted {
  /** Of the node that is checked, lower-case. */
  owner: string;
  worstWei: bigint;
  /** A node that the check must not pay more than its users did. */
  earner?: string;
}
/** What lacks: `busy` is free again once checks under way have ended, `earnings` once the node has earned more, the others in the next hour. */
export type Lack = "owner" | "network" | "busy" | "earnings";
export type Reserved = { lack: Lack } | { lack: null; end(costWei: bigint): Promise<void> };

interface Budget {
  owner_wallet: string;
  spent: string;
  set_aside: string;
}

/**
 * Sets aside what a check costs at most, so that checks under way cannot go beyond a budget together; its end gives the difference back. A check
 * that alone costs more than a whole budget is made as the only one of its hour. What a crash leaves set aside goes with the hour; of what
 * canaries may cost it stays taken, which is fewer canaries and never more.
 */
export async function reserve(context: Context, wanted: Wanted): Promise<Reserved> {
  const hour = hourOf(context.clock.now());
  const lack = await context.sql.begin((begun) => take(context, begun as unknown as Tx, { ...wanted, hour }));
  if (lack !== null) return { lack };
  return { lack: null, end: (costWei) => settle(context, { ...wanted, hour }, costWei) };
}

async function take({ config }: Context, tx: Tx, { owner, worstWei, earner, hour }: Wanted & { hour: Date }) {
  await tx`
    insert into trust.budgets (owner_wallet, hour) values (${owner}, ${hour}), (${NETWORK}, ${hour}) on conflict do nothing`;
  const rows = await tx<Budget[]>`
    select owner_wallet, spent, set_aside from trust.budgets where owner_wallet in (${owner}, ${NETWORK}) and hour = ${hour}
    order by owner_wallet for update`;
  const limits: Record<string, bigint> = { [NETWORK]: config.TRUST_BUDGET_ALL_FAR, [owner]: config.TRUST_BUDGET_FAR };
  for (const row of rows) {
    const [spent, aside] = [BigInt(row.spent), BigInt(row.set_aside)];
    if (spent + aside === 0n || spent + aside + worstWei <= (limits[row.owner_wallet] ?? 0n)) continue;
    if (aside > 0n) return "busy" as const;
    return row.owner_wallet === owner ? ("owner" as const) : ("network" as const);
  }
  if (earner !== undefined) {
    const covered = await tx`
      update trust.nodes set canaries_cost = canaries_cost + ${worstWei.toString()}::numeric
      where node_id = ${earner} and canaries_cost + ${worstWei.toString()}::numeric <= earned_user`;
    if (covered.count === 0) return "earnings" as const;
  }
  await tx`
    update trust.budgets set set_aside = set_aside + ${worstWei.toString()}::numeric
    where owner_wallet in (${owner}, ${NETWORK}) and hour = ${hour}`;
  return null;
}

async function settle(
  { sql }: Context,
  { owner, worstWei, earner, hour }: Wanted & { hour: Date },
  costWei: bigint,
): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select from trust.budgets where owner_wallet in (${owner}, ${NETWORK}) and hour = ${hour} order by owner_wallet for update`;
    await tx`
      update trust.budgets set set_aside = set_aside - ${worstWei.toString()}::numeric, spent = spent + ${costWei.toString()}::numeric
      where owner_wallet in (${owner}, ${NETWORK}) and hour = ${hour}`;
    if (earner !== undefined)
      await tx`
        update trust.nodes set canaries_cost = canaries_cost + ${(costWei - worstWei).toString()}::numeric where node_id = ${earner}`;
  });
}

/** End of the present hour, ms since 1970, when there is a new budget. */
export const nextBudgetMs = ({ clock }: Pick<Context, "clock">): number => hourOf(clock.now()).getTime() + HOUR_MS;

/**
 * An owner's budget is spent: fewer user tasks rather than fewer audits. Its nodes get none until the next hour; nodes that are suspended
 * for another reason stay so. Nobody is held for what others spent of the network's.
 */
export async function holdUserTasks(context: Context, owner: string): Promise<void> {
  const { nodes, sql } = context;
  const held = await sql<{ node_id: string }[]>`
    select node_id from trust.nodes where owner_wallet = ${owner} and not told_suspended
      and standing not in ('suspended', 'proposed', 'appealed')`;
  for (const { node_id } of held)
    if (nodes.live().has(node_id)) await nodes.suspend(node_id, "audit_budget_spent", nextBudgetMs(context));
}
