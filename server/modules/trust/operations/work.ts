import { z } from "zod";
import { numberArray, type Tx, textArray } from "#platform/pg";
import { CHECK_ACCOUNT } from "./context.ts";

/** What this module reads of `inference.task_finished`. */
const finished = z.object({
  account_id: z.string(),
  nodes: z.array(z.object({ node_id: z.string(), amount: z.string().regex(/^\d+$/) })),
});

/** Adds up what nodes earned from users' work and from checks. */
export async function taskFinished(tx: Tx, events: readonly { payload: Record<string, unknown> }[]): Promise<void> {
  const sums = new Map<string, { user: bigint; check: bigint }>();
  for (const { payload } of events) {
    const task = finished.parse(payload);
    for (const { node_id, amount } of task.nodes) {
      const sum = sums.get(node_id) ?? { user: 0n, check: 0n };
      sum[task.account_id === CHECK_ACCOUNT ? "check" : "user"] += BigInt(amount);
      sums.set(node_id, sum);
    }
  }
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return;
  await tx`
    update trust.nodes n set earned_user = n.earned_user + e.from_user, earned_check = n.earned_check + e.from_check
    from unnest(${textArray(rows.map(([id]) => id))}::text[], ${numberArray(rows.map(([, s]) => s.user))}::numeric[],
                ${numberArray(rows.map(([, s]) => s.check))}::numeric[]) as e(node_id, from_user, from_check)
    where n.node_id = e.node_id`;
}
