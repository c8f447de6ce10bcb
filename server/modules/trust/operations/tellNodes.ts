import type { Context } from "./context.ts";

/** Tells the nodes module who gets no tasks and who does again; what it was told last stands on the row, so that a crash is made up for. */
export async function tellNodes({ sql, nodes, log }: Context): Promise<void> {
  const rows = await sql<{ node_id: string; suspended: boolean }[]>`
    select node_id, standing in ('suspended', 'proposed', 'appealed') as suspended from trust.nodes
    where told_suspended <> (standing in ('suspended', 'proposed', 'appealed')) limit 1000`;
  for (const { node_id, suspended } of rows) {
    await (suspended ? nodes.suspend(node_id, "answers_mismatch", null) : nodes.resume(node_id));
    await sql`update trust.nodes set told_suspended = ${suspended} where node_id = ${node_id}`;
    log.warn(suspended ? "node suspended by its checks" : "node gets tasks again", { nodeId: node_id });
  }
}
