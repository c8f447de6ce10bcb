import type { OutboxEvent } from "#platform/outbox";

/** What others are told of a task's end, however it ended: one shape, so that no consumer meets another. */
export interface FinishedFacts {
  taskId: string;
  accountId: string;
  model: string;
  status: "completed" | "failed" | "cancelled";
  error: string | null;
  promptTokens: number;
  completionTokens: number;
  chargeWei: bigint;
  purpose: "user" | "check";
  /** USD per FAR with 8 decimals, fixed at the reserve. */
  rate8: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
  nodes: readonly { nodeId: string; owner: string; amountWei: bigint }[];
}

export const finishedEvent = (facts: FinishedFacts): OutboxEvent => ({
  topic: "inference.task_finished",
  payload: {
    ...{ task_id: facts.taskId, account_id: facts.accountId, model: facts.model, status: facts.status },
    ...{ error: facts.error, prompt_tokens: facts.promptTokens, completion_tokens: facts.completionTokens },
    ...{ charge: facts.chargeWei.toString(), purpose: facts.purpose, rate: facts.rate8.toString() },
    ...{ stakers: facts.stakersWei.toString(), treasury: facts.treasuryWei.toString() },
    nodes: facts.nodes.map((n) => ({ node_id: n.nodeId, owner: n.owner, amount: n.amountWei.toString() })),
  },
});
