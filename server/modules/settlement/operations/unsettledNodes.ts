import type { Sql } from "#platform/pg";
import type { UnsettledNodes } from "../settlement.ts";

/** What each node earned that no confirmed epoch or completion covers, and the last settled epoch, as of one moment. */
export async function unsettledNodes(sql: Sql): Promise<UnsettledNodes> {
  const rows = await sql<{ node_id: string | null; wei: string; epoch: string | null }[]>`
    WITH open AS (
      SELECT node_id, amount_wei AS wei FROM settlement.epoch_nodes JOIN settlement.epochs USING (epoch) WHERE status <> 'settled'
      UNION ALL
      SELECT n ->> 'nodeId', (n ->> 'amountWei')::numeric
      FROM settlement.receipts r, jsonb_array_elements(r.nodes) n WHERE r.epoch IS NULL)
    SELECT node_id, coalesce(sum(wei), 0) AS wei, (SELECT max(epoch) FROM settlement.epochs WHERE status = 'settled') AS epoch
    FROM open GROUP BY ROLLUP (node_id)`;
  const nodes = rows.flatMap(({ node_id, wei }) => (node_id === null ? [] : [[node_id, BigInt(wei)] as const]));
  return { epoch: Number(rows[0]?.epoch ?? 0), nodes: Object.fromEntries(nodes) };
}
