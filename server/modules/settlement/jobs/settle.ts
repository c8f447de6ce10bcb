import { type ChainError, isChainError } from "@farlabs/chain";
import { type EpochInFlight, epochJob, readInFlight } from "../operations/advanceEpoch.ts";
import { completionJobs } from "../operations/completeTasks.ts";
import type { Context } from "../operations/context.ts";
import { prepareEpoch } from "../operations/prepareEpoch.ts";
import { type Job, nonceAt, sendJobs } from "../operations/sendJobs.ts";

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

/** The epoch in flight, or the next one where it is due. @throws ChainError */
async function currentEpoch(context: Context): Promise<EpochInFlight | null> {
  const { config, clock } = context;
  const inFlight = await readInFlight(context);
  if (inFlight !== null) return inFlight;
  const limits = { tasks: config.SETTLEMENT_EPOCH_TASKS, intervalMs: config.SETTLEMENT_EPOCH_INTERVAL_S * 1000 };
  if (!isDue(await readPending(context), clock.now(), limits) || !(await prepareEpoch(context))) return null;
  return readInFlight(context);
}

/** What is to be sent for it, if anything, or why nothing can be. */
async function epochStep(context: Context): Promise<{ jobs: Job[]; failure?: ChainError }> {
  try {
    const epoch = await currentEpoch(context);
    const job = epoch === null ? null : await epochJob(context, epoch);
    return { jobs: job === null ? [] : [job] };
  } catch (error) {
    if (!isChainError(error)) throw error;
    return { jobs: [], failure: error };
  }
}

/**
 * One step of the settler: prepares an epoch when it is due, and sends it and the completions of single tasks, side by side, so that
 * neither waits for the other.
 * @throws ChainError
 */
export async function settle(context: Context): Promise<void> {
  const nonce = await nonceAt(context);
  const { jobs, failure } = await epochStep(context);
  await sendJobs(context, nonce, [...jobs, ...(await completionJobs(context))]);
  if (failure !== undefined) throw failure;
}
