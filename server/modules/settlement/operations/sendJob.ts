/**
 * Gets one transaction of the oracle mined. A job is named (`epoch:7`, `task:0x…`) and may be tried again at any time, after a crash as
 * well as every few seconds:
 *
 * - its nonce is unused and the last attempt is young: wait; old: sign again under the same nonce with higher fees
 * - its nonce was used without doing the job (the attempt failed, or something else was sent by the oracle): a new nonce
 * - the chain's nonce fell behind (blocks were lost): the chain's nonce
 *
 * The contract does each job once, so whatever is sent twice happens once. Only one job at a time is under way, since all share the nonce.
 */
import type { Fees, SignedAttempt } from "@farlabs/chain";
import type { Hex } from "viem";
import { chainCall } from "./chainCall.ts";
import type { Context, CrashPointName } from "./context.ts";
import { readCursor } from "./cursor.ts";

const RESEND_MS_MAX = 600_000;

interface Attempt {
  nonce: number;
  fees: Fees;
  signedAtMs: number;
}

export interface Job {
  name: string;
  calldata: Hex;
  /** Gas limit; without one the sender estimates, which says why the contract refuses. */
  gas?: bigint;
  /** Where the process may die after signing and after sending. */
  points: { signed: CrashPointName; sent: CrashPointName };
}

async function readAttempts({ sql }: Context, job: string): Promise<Attempt[]> {
  const rows = await sql<{ nonce: string; max_fee_wei: string; max_priority_fee_wei: string; signed_at: Date }[]>`
    SELECT nonce, max_fee_wei, max_priority_fee_wei, signed_at FROM settlement.attempts
    WHERE job = ${job} ORDER BY signed_at`;
  return rows.map((row) => ({
    nonce: Number(row.nonce),
    fees: { maxFeePerGas: BigInt(row.max_fee_wei), maxPriorityFeePerGas: BigInt(row.max_priority_fee_wei) },
    signedAtMs: row.signed_at.getTime(),
  }));
}

async function noteAttempt({ sql, clock }: Context, job: string, attempt: SignedAttempt): Promise<void> {
  const { hash, nonce, fees } = attempt;
  await sql`
    INSERT INTO settlement.attempts (hash, job, nonce, max_fee_wei, max_priority_fee_wei, signed_at)
    VALUES (${hash}, ${job}, ${nonce}, ${String(fees.maxFeePerGas)}, ${String(fees.maxPriorityFeePerGas)},
      ${new Date(clock.now())})
    ON CONFLICT (hash) DO UPDATE SET signed_at = excluded.signed_at`;
}

async function nonceAt({ chain }: Context, blockNumber?: bigint): Promise<number> {
  const address = chain.account?.address;
  if (address === undefined) throw new Error("the settler's chain has the oracle's account");
  return chainCall(
    chain.reader.getTransactionCount({ address, ...(blockNumber === undefined ? {} : { blockNumber }) }),
  );
}

/** How long the newest attempt may take: doubled with each one under its nonce. */
function patienceMs(context: Context, tries: number): number {
  return Math.min(context.config.SETTLEMENT_RESEND_S * 1000 * 2 ** Math.max(0, tries - 1), RESEND_MS_MAX);
}

/** Whether nothing ever signed for the job can be mined any more: every nonce of it is used up in confirmed blocks. */
export async function isJobDead(context: Context, name: string): Promise<boolean> {
  const attempts = await readAttempts(context, name);
  if (attempts.length === 0) return true;
  const cursor = await readCursor(context.sql);
  if (cursor === null) return false;
  const confirmed = await nonceAt(context, cursor.blockNumber);
  return attempts.every((attempt) => attempt.nonce < confirmed);
}

/**
 * One step of the above.
 * @returns `waiting` while an attempt may still be mined, `sent` after a new one
 * @throws ChainError when the chain does not answer or the contract refuses
 */
export async function sendJob(context: Context, job: Job): Promise<"waiting" | "sent"> {
  const { chain, clock } = context;
  const [attempts, nonce] = [await readAttempts(context, job.name), await nonceAt(context)];
  const same = attempts.filter((attempt) => attempt.nonce === nonce);
  const newest = same.at(-1);
  if (newest !== undefined) {
    const ageMs = clock.now() - newest.signedAtMs;
    if (ageMs >= 0 && ageMs < patienceMs(context, same.length)) return "waiting";
  }
  const outcome = await chain.sendManaged({
    ...(job.gas === undefined ? {} : { gas: job.gas }),
    ...{ to: chain.contracts.inferencePayment, data: job.calldata, nonce, previousFees: newest?.fees },
    async onSigned(attempt) {
      await noteAttempt(context, job.name, attempt);
      await context.crashPoint(job.points.signed);
    },
  });
  if (outcome.status !== "sent") return "waiting";
  await context.crashPoint(job.points.sent);
  context.log.info("transaction sent", { job: job.name, hash: outcome.attempt.hash, nonce });
  return "sent";
}
