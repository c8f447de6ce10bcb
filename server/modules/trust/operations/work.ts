import { z } from "zod";
import { numberArray, type Tx, textArray } from "#platform/pg";
import { CHECK_ACCOUNT } from "./context.ts";

/** What this module reads of `inference.task_finished`. */
const finished = z.object({
  account_id: z.string(),
  nodes: z.array(z.object({ node_id: z.string(), amount: z.string().regex(/^\d+$/) })),
});

/** Adds up what nodes earned from users' work. */
export async function taskFinished(tx: Tx, events: readonly { payload: Record<string, unknown> }[]): Promise<void> {
  const sums = new Map<string, bigint>();
  for (const { payload } of events) {
    const task = finished.parse(payload);
    if (task.account_id === CHECK_ACCOUNT) continue;
    for (const { node_id, amount } of task.nodes) sums.set(node_id, (sums.get(node_id) ?? 0n) + BigInt(amount));
  }
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return;
  await tx`
    update trust.nodes n set earned_user = n.earned_user + e.amount
    from unnest(${textArray(rows.map(([id]) => id))}::text[], ${numberArray(rows.map(([, amount]) => amount))}::numeric[]) as e(node_id, amount)
    where n.node_id = e.node_id`;
}
