/**
 * Gets the epoch in flight mined. States of an epoch: `prepared` (stored) → `sent` (an attempt was signed) → `settled` (its event is
 * confirmed; the listener's doing). From any of them this can be called again, after a crash as well as every few seconds:
 *
 * - the contract has settled the epoch: nothing to do but to wait for the confirmation
 * - its nonce is unused and the last attempt is young: wait; old: sign again under the same nonce with higher fees
 * - its nonce was used without settling it (the attempt failed, or something else was sent by the oracle): a new nonce
 * - the chain's nonce fell behind (blocks were lost): the chain's nonce
 * - the contract refuses the amount under its caps, and no attempt can be mined any more: the epoch is taken back and netted anew
 *
 * The contract takes each epoch number once, so whatever is sent twice settles once.
 */
import { type Fees, isChainError, type SignedAttempt } from "@farlabs/chain";
import type { Hex } from "viem";
import { batchGas, gasLimitFor } from "./batchGas.ts";
import { chainCall } from "./chainCall.ts";
import type { Context } from "./context.ts";
import { readCursor } from "./cursor.ts";

const RESEND_MS_MAX = 600_000;

export interface EpochInFlight {
  epoch: bigint;
  calldata: Hex;
  /** Of the attempts so far, or null. */
  nonce: number | null;
}

interface Attempt {
  nonce: number;
  fees: Fees;
  signedAtMs: number;
}

/** The one epoch that is not settled, if any. */
export async function readInFlight({ sql }: Context): Promise<EpochInFlight | null> {
  const [row] = await sql<{ epoch: string; calldata: Hex; nonce: string | null }[]>`
    SELECT epoch, calldata, nonce FROM settlement.epochs WHERE status <> 'settled'`;
  if (row === undefined) return null;
  return { epoch: BigInt(row.epoch), calldata: row.calldata, nonce: row.nonce === null ? null : Number(row.nonce) };
}

async function readAttempts({ sql }: Context, epoch: bigint): Promise<Attempt[]> {
  const rows = await sql<{ nonce: string; max_fee_wei: string; max_priority_fee_wei: string; signed_at: Date }[]>`
    SELECT nonce, max_fee_wei, max_priority_fee_wei, signed_at FROM settlement.attempts
    WHERE epoch = ${String(epoch)} ORDER BY signed_at`;
  return rows.map((row) => ({
    nonce: Number(row.nonce),
    fees: { maxFeePerGas: BigInt(row.max_fee_wei), maxPriorityFeePerGas: BigInt(row.max_priority_fee_wei) },
    signedAtMs: row.signed_at.getTime(),
  }));
}

async function noteAttempt({ sql, clock }: Context, epoch: bigint, attempt: SignedAttempt): Promise<void> {
  const { hash, nonce, fees } = attempt;
  await sql.begin(async (tx) => {
    await tx`UPDATE settlement.epochs SET status = 'sent', nonce = ${nonce}
      WHERE epoch = ${String(epoch)} AND status <> 'settled'`;
    await tx`
      INSERT INTO settlement.attempts (hash, epoch, nonce, max_fee_wei, max_priority_fee_wei, signed_at)
      VALUES (${hash}, ${String(epoch)}, ${nonce}, ${String(fees.maxFeePerGas)}, ${String(fees.maxPriorityFeePerGas)},
        ${new Date(clock.now())})
      ON CONFLICT (hash) DO UPDATE SET signed_at = excluded.signed_at`;
  });
}

/** Takes an epoch back. Its number is used again, by other contents: only when nothing signed for it can be mined any more. */
async function takeBack({ sql, log }: Context, epoch: bigint): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`UPDATE settlement.receipts SET epoch = NULL WHERE epoch = ${String(epoch)}`;
    await tx`DELETE FROM settlement.epochs WHERE epoch = ${String(epoch)} AND status <> 'settled'`;
  });
  log.info("epoch taken back, the caps have become too small for it", { epoch: Number(epoch) });
}

async function nonceAt({ chain }: Context, blockNumber?: bigint): Promise<number> {
  const address = chain.account?.address;
  if (address === undefined) throw new Error("the settler's chain has the oracle's account");
  return chainCall(
    chain.reader.getTransactionCount({ address, ...(blockNumber === undefined ? {} : { blockNumber }) }),
  );
}

/** Whether every nonce ever signed for the epoch is used up in confirmed blocks. */
async function allAttemptsDead(context: Context, attempts: readonly Attempt[]): Promise<boolean> {
  if (attempts.length === 0) return true;
  const cursor = await readCursor(context.sql);
  if (cursor === null) return false;
  const confirmed = await nonceAt(context, cursor.blockNumber);
  return attempts.every((attempt) => attempt.nonce < confirmed);
}

/** How long the newest attempt may take: doubled with each one under its nonce. */
function patienceMs(context: Context, tries: number): number {
  return Math.min(context.config.SETTLEMENT_RESEND_S * 1000 * 2 ** Math.max(0, tries - 1), RESEND_MS_MAX);
}

async function send(context: Context, inFlight: EpochInFlight, nonce: number, previousFees?: Fees): Promise<void> {
  const { chain } = context;
  const gas = await batchGas(context, inFlight.calldata);
  const outcome = await chain.sendManaged({
    // Without an estimate the sender makes its own, which says why the contract refuses.
    ...(gas === undefined ? {} : { gas: gasLimitFor(gas) }),
    ...{ to: chain.contracts.inferencePayment, data: inFlight.calldata, nonce, previousFees },
    async onSigned(attempt) {
      await noteAttempt(context, inFlight.epoch, attempt);
      await context.crashPoint("epoch.signed");
    },
  });
  if (outcome.status !== "sent") return;
  await context.crashPoint("epoch.sent");
  context.log.info("epoch sent", { epoch: Number(inFlight.epoch), hash: outcome.attempt.hash, nonce });
}

/**
 * One step of the above.
 * @throws ChainError when the chain does not answer or the contract refuses for a reason that time may cure (paused, no gas)
 */
export async function advanceEpoch(context: Context, inFlight: EpochInFlight): Promise<void> {
  const attempts = await readAttempts(context, inFlight.epoch);
  const nonce = await nonceAt(context);
  if ((await context.chain.settledEpoch()) >= inFlight.epoch) return;
  const same = attempts.filter((attempt) => attempt.nonce === nonce);
  const newest = same.at(-1);
  if (newest !== undefined) {
    const ageMs = context.clock.now() - newest.signedAtMs;
    if (ageMs >= 0 && ageMs < patienceMs(context, same.length)) return;
  }
  try {
    await send(context, inFlight, nonce, newest?.fees);
  } catch (error) {
    const revert = isChainError(error) ? error.revert?.name : undefined;
    if (revert === "EpochOutOfOrder") return;
    const capped = revert === "EpochCapExceeded" || revert === "DayCapExceeded";
    if (!capped) throw error;
    if (await allAttemptsDead(context, attempts)) await takeBack(context, inFlight.epoch);
  }
}
