/**
 * Settles tasks that users put on chain, one transaction each, outside epochs. What is to be completed follows from the receipts and the
 * chain alone: an open chain task and its oldest receipt. It can be tried again at any time, since the contract completes each task once
 * and `sendJob` remembers every attempt; the confirmed event marks the receipt (effects/tasks.ts).
 */
import { inferencePaymentAbi, isChainError } from "@farlabs/chain";
import { encodeFunctionData, type Hex } from "viem";
import { batchGas, gasLimitFor } from "./batchGas.ts";
import type { Context } from "./context.ts";
import { sendJob } from "./sendJob.ts";

/** Of one round: others want the oracle's nonce too. */
const TASKS_MAX = 20;

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
    ORDER BY t.reclaimable_at, t.id, r.created_at, r.task_id LIMIT ${TASKS_MAX}`;
}

const calldataOf = ({ id, owner, chargeWei, score }: Completion): Hex =>
  encodeFunctionData({
    ...{ abi: inferencePaymentAbi, functionName: "completeTask" },
    args: [id as Hex, owner as Hex, BigInt(chargeWei), Math.round(score * 100)],
  });

/**
 * One step: those that wait, the soonest reclaimable first.
 * @returns whether the oracle's nonce is free for another job
 * @throws ChainError when the chain does not answer
 */
export async function completeTasks(context: Context): Promise<boolean> {
  for (const completion of await readCompletions(context)) {
    const task = await context.chain.taskOf({ taskId: completion.id as Hex });
    // Done already and not confirmed yet, or its user took the money back.
    if (task === undefined || task.escrowedWei === 0n) continue;
    try {
      const calldata = calldataOf(completion);
      const gas = await batchGas(context, calldata);
      const done = await sendJob(context, {
        ...{ name: `task:${completion.id}`, calldata, points: { signed: "task.signed", sent: "task.sent" } },
        ...(gas === undefined ? {} : { gas: gasLimitFor(gas) }),
      });
      if (done === "waiting") return false;
      if ((await context.chain.taskOf({ taskId: completion.id as Hex }))?.escrowedWei !== 0n) return false;
    } catch (error) {
      if (!isChainError(error) || error.code !== "chain_reverted") throw error;
      context.log.warn("the contract refuses to complete a task", { task: completion.id, revert: error.revert?.name });
    }
  }
  return true;
}
