import { advanceEpoch, readInFlight } from "../operations/advanceEpoch.ts";
import { completeTasks } from "../operations/completeTasks.ts";
import type { Context } from "../operations/context.ts";
import { prepareEpoch } from "../operations/prepareEpoch.ts";

interface Pending {
  tasks: number;
  oldestMs: number | null;
  leaving: boolean;
  lastEpochMs: number | null;
}

async function readPending({ sql }: Context): Promise<Pending> {
  const [row] = await sql<{ tasks: string; oldest: Date | null; leaving: boolean; last: Date | null }[]>`
    SELECT count(*) AS tasks, min(created_at) AS oldest,
      coalesce(bool_or(payer IN (SELECT wallet FROM settlement.exits WHERE state = 'open')), false) AS leaving,
      (SELECT max(prepared_at) FROM settlement.epochs) AS last
    FROM settlement.nettable`;
  if (row === undefined) throw new Error("an aggregate gives one row");
  const { tasks, oldest, leaving, last } = row;
  return { tasks: Number(tasks), oldestMs: oldest?.getTime() ?? null, leaving, lastEpochMs: last?.getTime() ?? null };
}

/** An epoch is due when somebody leaves, when enough tasks wait, or when the oldest has waited the interval since the last epoch. */
export function isDue(pending: Pending, nowMs: number, limits: { tasks: number; intervalMs: number }): boolean {
  if (pending.tasks === 0 || pending.oldestMs === null) return false;
  if (pending.leaving || pending.tasks >= limits.tasks) return true;
  const sinceMs = Math.max(pending.oldestMs, pending.lastEpochMs ?? 0);
  return nowMs - sinceMs >= limits.intervalMs;
}

/**
 * One step of the settler: moves the epoch in flight on, completes single tasks, and prepares and sends the next epoch when it is due.
 * At most one transaction of the oracle is under way; whoever waits for one keeps the others back.
 * @throws ChainError
 */
export async function settle(context: Context): Promise<void> {
  const { config, clock } = context;
  const inFlight = await readInFlight(context);
  if (inFlight !== null && !(await advanceEpoch(context, inFlight))) return;
  if (!(await completeTasks(context)) || inFlight !== null) return;
  const limits = { tasks: config.SETTLEMENT_EPOCH_TASKS, intervalMs: config.SETTLEMENT_EPOCH_INTERVAL_S * 1000 };
  if (!isDue(await readPending(context), clock.now(), limits)) return;
  if (!(await prepareEpoch(context))) return;
  const prepared = await readInFlight(context);
  if (prepared !== null) await advanceEpoch(context, prepared);
}
