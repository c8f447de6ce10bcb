/**
 * Settles tasks that users put on chain, one transaction each, outside epochs. What is to be completed follows from the receipts and the
 * chain alone: an open chain task and its oldest receipt. It can be tried again at any time, since the contract completes each task once
 * and `sendJobs` remembers every attempt; the confirmed event marks the receipt (effects/completions.ts).
 */
import { inferencePaymentAbi } from "@farlabs/chain";
import { encodeFunctionData, type Hex } from "viem";
import { batchGas, gasLimitFor } from "./batchGas.ts";
import type { Context } from "./context.ts";
import type { Job } from "./sendJobs.ts";

/** Looked at in one round: more than are sent, since those just mined wait for their confirmations. */
const READ_MAX = 60;
/** Under way at a time. */
const SENT_MAX = 20;

interface Completion {
  id: string;
  owner: string;
  chargeWei: string;
  score: number;
}

async function readCompletions({ sql }: Context): Promise<Completion[]> {
  return sql<Completion[]>`
    SELECT DISTINCT ON (t.reclaimable_at, t.id) t.id, r.nodes -> 0 ->> 'owner' AS owner, r.charge_wei AS "chargeWei",
      (r.nodes -> 0 ->> 'score')::float8 AS score
    FROM settlement.chain_tasks t JOIN settlement.receipts r ON r.payer_wallet = 'task:' || t.id
    WHERE t.state = 'open' AND r.epoch IS NULL AND r.payer_wallet LIKE 'task:%'
    ORDER BY t.reclaimable_at, t.id, r.created_at, r.task_id LIMIT ${READ_MAX}`;
}

const calldataOf = ({ id, owner, chargeWei, score }: Completion): Hex =>
  encodeFunctionData({
    ...{ abi: inferencePaymentAbi, functionName: "completeTask" },
    args: [id as Hex, owner as Hex, BigInt(chargeWei), Math.round(score * 100)],
  });

/** Done already and not confirmed yet, or its user took the money back. */
async function isOver({ chain }: Context, { id }: Completion): Promise<boolean> {
  const task = await chain.taskOf({ taskId: id as Hex });
  return task === undefined || task.escrowedWei === 0n;
}

/** @returns null where the contract refuses */
async function jobOf(context: Context, completion: Completion): Promise<Job | null> {
  const calldata = calldataOf(completion);
  const estimate = await batchGas(context, calldata);
  const { id } = completion;
  if (estimate.gas !== undefined) {
    const points = { signed: "task.signed", sent: "task.sent" } as const;
    return { name: `task:${id}`, calldata, gas: gasLimitFor(estimate.gas), points };
  }
  const { error } = estimate;
  if (error.code !== "chain_reverted") throw error;
  context.log.warn("the contract refuses to complete a task", { task: id, revert: error.revert?.name });
  return null;
}

/** What there is to complete, the soonest reclaimable first. @throws ChainError when the chain does not answer */
export async function completionJobs(context: Context): Promise<Job[]> {
  const waiting = await readCompletions(context);
  const over = await Promise.all(waiting.map((completion) => isOver(context, completion)));
  const next = waiting.filter((_, i) => over[i] === false).slice(0, SENT_MAX);
  const jobs = await Promise.all(next.map((completion) => jobOf(context, completion)));
  return jobs.filter((job) => job !== null);
}
