/**
 * Gets the epoch in flight mined. States of an epoch: `prepared` (stored) → `sent` (to be sent, or sent) → `settled` (its event is
 * confirmed; the listener's doing). From any of them this can be called again, after a crash as well as every few seconds:
 *
 * - the contract has settled the epoch: nothing to do but to wait for the confirmation
 * - the contract refuses the amount under its caps, or it needs more gas than a transaction may have: the epoch is taken back and netted
 *   anew, once no attempt can be mined any more
 * - else its transaction is sent, or sent again (sendJobs.ts)
 */
import type { Hex } from "viem";
import { batchGas, gasLimitFor, TX_GAS_MAX } from "./batchGas.ts";
import type { Context } from "./context.ts";
import { isJobDead, type Job } from "./sendJobs.ts";

export interface EpochInFlight {
  epoch: bigint;
  calldata: Hex;
}

const jobOf = (epoch: bigint): string => `epoch:${epoch}`;

/** The one epoch that is not settled, if any. */
export async function readInFlight({ sql }: Context): Promise<EpochInFlight | null> {
  const [row] = await sql<{ epoch: string; calldata: Hex }[]>`
    SELECT epoch, calldata FROM settlement.epochs WHERE status <> 'settled'`;
  return row === undefined ? null : { epoch: BigInt(row.epoch), calldata: row.calldata };
}

/** Takes an epoch back. Its number is used again, by other contents: only when nothing signed for it can be mined any more. */
async function takeBack({ sql, log }: Context, epoch: bigint): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`UPDATE settlement.receipts SET epoch = NULL WHERE epoch = ${String(epoch)}`;
    await tx`DELETE FROM settlement.attempts WHERE job = ${jobOf(epoch)}`;
    await tx`DELETE FROM settlement.epochs WHERE epoch = ${String(epoch)} AND status <> 'settled'`;
  });
  log.info("epoch taken back: the caps, or the gas of one transaction, have become too small for it", {
    epoch: Number(epoch),
  });
}

/**
 * What is to be sent for it now, if anything.
 * @throws ChainError when the chain does not answer or the contract refuses for a reason that time may cure (paused)
 */
export async function epochJob(context: Context, { epoch, calldata }: EpochInFlight): Promise<Job | null> {
  if ((await context.chain.settledEpoch()) >= epoch) return null;
  const estimate = await batchGas(context, calldata);
  const name = jobOf(epoch);
  const points = { signed: "epoch.signed", sent: "epoch.sent" } as const;
  if (estimate.gas !== undefined && estimate.gas <= TX_GAS_MAX) {
    await context.sql`UPDATE settlement.epochs SET status = 'sent' WHERE epoch = ${String(epoch)} AND status = 'prepared'`;
    return { name, calldata, gas: gasLimitFor(estimate.gas), points };
  }
  const revert = estimate.gas === undefined ? estimate.error.revert?.name : undefined;
  if (revert === "EpochOutOfOrder") return null;
  const capped = revert === "EpochCapExceeded" || revert === "DayCapExceeded";
  if (estimate.gas === undefined && revert !== undefined && !capped) throw estimate.error;
  if (!(await isJobDead(context, name))) return { name, calldata, gas: TX_GAS_MAX, points, over: true };
  await takeBack(context, epoch);
  return null;
}
