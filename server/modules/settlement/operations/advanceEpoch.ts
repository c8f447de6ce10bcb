/**
 * Gets the epoch in flight mined. States of an epoch: `prepared` (stored) → `sent` (to be sent, or sent) → `settled` (its event is
 * confirmed; the listener's doing). From any of them this can be called again, after a crash as well as every few seconds:
 *
 * - the contract has settled the epoch: nothing to do but to wait for the confirmation
 * - the contract refuses the amount under its caps, and no attempt can be mined any more: the epoch is taken back and netted anew
 * - else its transaction is sent, or sent again (sendJob.ts)
 */
import { isChainError } from "@farlabs/chain";
import type { Hex } from "viem";
import { batchGas, gasLimitFor } from "./batchGas.ts";
import type { Context } from "./context.ts";
import { isJobDead, sendJob } from "./sendJob.ts";

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
  log.info("epoch taken back, the caps have become too small for it", { epoch: Number(epoch) });
}

/**
 * One step of the above.
 * @returns whether the oracle's nonce is free for another job
 * @throws ChainError when the chain does not answer or the contract refuses for a reason that time may cure (paused, no gas)
 */
export async function advanceEpoch(context: Context, { epoch, calldata }: EpochInFlight): Promise<boolean> {
  if ((await context.chain.settledEpoch()) >= epoch) return true;
  try {
    const gas = await batchGas(context, calldata);
    await context.sql`UPDATE settlement.epochs SET status = 'sent' WHERE epoch = ${String(epoch)} AND status = 'prepared'`;
    await sendJob(context, {
      ...{ name: jobOf(epoch), calldata, points: { signed: "epoch.signed", sent: "epoch.sent" } },
      ...(gas === undefined ? {} : { gas: gasLimitFor(gas) }),
    });
  } catch (error) {
    const revert = isChainError(error) ? error.revert?.name : undefined;
    if (revert === "EpochOutOfOrder") return false;
    const capped = revert === "EpochCapExceeded" || revert === "DayCapExceeded";
    if (!capped) throw error;
    if (await isJobDead(context, jobOf(epoch))) await takeBack(context, epoch);
  }
  return false;
}
