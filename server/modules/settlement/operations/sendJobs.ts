/**
 * Gets transactions of the oracle mined. A job is named (`epoch:7`, `task:0x…`) and may be tried again at any time, after a crash as
 * well as every few seconds. Jobs that wait stand on consecutive nonces from the chain's next one on (model/placeJobs.ts):
 *
 * - the last attempt under its nonce is young: wait; old, or another job's: sign again under that nonce with higher fees
 * - its nonce was used without doing the job (the attempt failed, or something else was sent by the oracle): a new nonce
 * - the chain's nonce fell behind (blocks were lost): the chain's nonce
 *
 * The contract does each job once, so whatever is sent twice happens once.
 */
import type { Fees, SignedAttempt } from "@farlabs/chain";
import type { Hex } from "viem";
import { placeJobs } from "../model/placeJobs.ts";
import { chainCall } from "./chainCall.ts";
import type { Context, CrashPointName } from "./context.ts";
import { readCursor } from "./cursor.ts";

const RESEND_MS_MAX = 600_000;

interface Attempt {
  job: string;
  nonce: number;
  fees: Fees;
  signedAtMs: number;
}

export interface Job {
  name: string;
  calldata: Hex;
  /** Gas limit. */
  gas: bigint;
  /** Not to be done any more: sent only where what was signed for it could still be mined, so that its nonce is used up. */
  over?: boolean;
  /** Where the process may die after signing and after sending. */
  points: { signed: CrashPointName; sent: CrashPointName };
}

/** Those that can still be mined as of a nonce of the chain, oldest first. */
async function readAttempts({ sql }: Context, nonce: number): Promise<Attempt[]> {
  const rows = await sql<
    { job: string; nonce: string; max_fee_wei: string; max_priority_fee_wei: string; signed_at: Date }[]
  >`
    SELECT job, nonce, max_fee_wei, max_priority_fee_wei, signed_at FROM settlement.attempts
    WHERE nonce >= ${nonce} ORDER BY signed_at`;
  return rows.map((row) => ({
    ...{ job: row.job, nonce: Number(row.nonce), signedAtMs: row.signed_at.getTime() },
    fees: { maxFeePerGas: BigInt(row.max_fee_wei), maxPriorityFeePerGas: BigInt(row.max_priority_fee_wei) },
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

/** The oracle's next nonce, as of the newest block or another. @throws ChainError */
export async function nonceAt({ chain }: Context, blockNumber?: bigint): Promise<number> {
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
  const [row] = await context.sql<{ last: string | null }[]>`
    SELECT max(nonce) AS last FROM settlement.attempts WHERE job = ${name}`;
  if (row === undefined || row.last === null) return true;
  const cursor = await readCursor(context.sql);
  return cursor !== null && Number(row.last) < (await nonceAt(context, cursor.blockNumber));
}

async function sendAt(context: Context, job: Job, nonce: number, attempts: readonly Attempt[]): Promise<void> {
  const { chain, clock } = context;
  const newest = attempts.at(-1);
  if (newest?.job === job.name) {
    const ageMs = clock.now() - newest.signedAtMs;
    const tries = attempts.filter((attempt) => attempt.job === job.name).length;
    if (ageMs >= 0 && ageMs < patienceMs(context, tries)) return;
  }
  const outcome = await chain.sendManaged({
    ...{ to: chain.contracts.inferencePayment, data: job.calldata, gas: job.gas, nonce, previousFees: newest?.fees },
    async onSigned(attempt) {
      await noteAttempt(context, job.name, attempt);
      await context.crashPoint(job.points.signed);
    },
  });
  if (outcome.status !== "sent") return;
  await context.crashPoint(job.points.sent);
  context.log.info("transaction sent", { job: job.name, hash: outcome.attempt.hash, nonce });
}

/**
 * One step of the above for every job, in the order in which they should be mined.
 * @param nonce the chain's next, read before it was read what there is to do: what was mined in between is then not sent again
 * @throws ChainError when the chain does not answer, or has too little coin for gas
 */
export async function sendJobs(context: Context, nonce: number, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  const attempts = await readAttempts(context, nonce);
  const wanted = jobs.filter((job) => job.over !== true || attempts.some((attempt) => attempt.job === job.name));
  for (const [at, job] of placeJobs(wanted, attempts, nonce).entries()) {
    const place = nonce + at;
    await sendAt(
      context,
      job,
      place,
      attempts.filter((attempt) => attempt.nonce === place),
    );
  }
}
