import { z } from "zod";
import type { Tx } from "#platform/pg";
import { enterHits, type Hit, look } from "./breaches.ts";
import type { Context } from "./context.ts";
import { about } from "./offers.ts";
import { step } from "./step.ts";

/** What this module reads of `settlement.node_statement_differs`. */
const different = z.object({ node_id: z.string(), task_id: z.string(), model: z.string() });
type Different = z.infer<typeof different>;

async function aboutOf({ nodes }: Pick<Context, "nodes">, tx: Tx, said: Different): Promise<Hit["about"] | null> {
  const { node_id: nodeId, task_id: taskId, model } = said;
  const live = nodes.live().get(nodeId);
  if (live !== undefined) return { ...about(live, model), taskId };
  const [known] = await tx<{ owner_wallet: string }[]>`
    select owner_wallet from trust.nodes where node_id = ${nodeId}`;
  // Gone since: what it ran can no longer be asked.
  return known === undefined
    ? null
    : { nodeId, owner: known.owner_wallet, model, manifest: model, hardware: "any", taskId };
}

/** Once a task, however often the node signed it: what it repeats, settlement tells again. */
async function isNew(tx: Tx, { node_id, task_id }: Different): Promise<boolean> {
  const rows = await tx`
    select from trust.checks where node_id = ${node_id} and task_id = ${task_id} and reason = 'statement_differs'`;
  return rows.length === 0;
}

/** A node that signed another output than it sent breaks the rules as one that claims too much: it is watched for it, never slashed. */
export async function statementsDiffer(
  context: Pick<Context, "clock" | "nodes">,
  tx: Tx,
  events: readonly { payload: Record<string, unknown> }[],
): Promise<void> {
  const all = events.map(({ payload }) => different.parse(payload));
  for (const said of all.sort((a, b) => (a.node_id < b.node_id ? -1 : 1))) {
    const where = (await isNew(tx, said)) ? await aboutOf(context, tx, said) : null;
    if (where === null) continue;
    const stepped = await step(context, tx, { nodeId: said.node_id, inputs: [look(true)] });
    if (stepped === null) continue;
    const hits: Hit[] = [{ what: "statement_differs", about: where }];
    await enterHits(context, tx, { nodeId: said.node_id, hits, against: stepped.against });
  }
}
