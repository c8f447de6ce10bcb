import type { Sql } from "#platform/pg";
import type { SettlementConfig } from "../config.ts";
import type { NodeEarnings, OwnerEarnings } from "../settlement.ts";

interface NodeRow {
  node_id: string;
  paid: string;
  claimable: string;
  pending: string;
  held: string;
  held_pending: string;
}

/**
 * Per node, from epochs and from the receipts that wait. A claim pays all that was owed at its block, so what was settled before the last
 * claim is paid, and the rest is claimable; where the treasury still owes a part, that part counts as claimable although it is paid later.
 * Held earnings that the registry did not take are the owner's to claim. What was credited under a root is paid once a root of that epoch or a later one was claimed by.
 */
async function readNodes(sql: Sql, owner: string): Promise<NodeRow[]> {
  return sql<NodeRow[]>`
    WITH claims AS (
      SELECT coalesce(max(block_number) FILTER (WHERE name = 'Claimed'), -1) AS block,
        coalesce(max(epoch) FILTER (WHERE name = 'RootedClaimed'), 0) AS root
      FROM settlement.chain_events WHERE wallet = ${owner} AND name IN ('Claimed', 'RootedClaimed')
    ), parts AS (
      SELECT n.node_id, v.wei, CASE
        WHEN e.status <> 'settled' THEN CASE WHEN n.held THEN 'held_pending' ELSE 'pending' END
        WHEN v.stays THEN 'held'
        WHEN CASE WHEN r.payee IS NULL THEN e.block_number <= c.block ELSE e.epoch <= c.root END THEN 'paid'
        ELSE 'claimable' END AS place
      FROM settlement.epoch_nodes n JOIN settlement.epochs e USING (epoch) CROSS JOIN claims c
        LEFT JOIN settlement.epoch_rooted r ON r.payee = n.owner AND r.epoch = n.epoch AND NOT n.held
        LEFT JOIN settlement.epoch_holds h ON n.held AND h.epoch = n.epoch AND h.node_id = n.node_id AND h.owner = n.owner
        CROSS JOIN LATERAL (VALUES (coalesce(h.paid_wei, 0), true), (n.amount_wei - coalesce(h.paid_wei, 0), false))
          AS v (wei, stays)
      WHERE n.owner = ${owner}
      UNION ALL
      SELECT t.node_id, t.amount_wei, CASE WHEN t.block_number <= c.block THEN 'paid' ELSE 'claimable' END
      FROM settlement.task_completions t CROSS JOIN claims c WHERE t.owner = ${owner}
      UNION ALL
      SELECT n ->> 'nodeId', (n ->> 'amountWei')::numeric,
        CASE WHEN (n ->> 'held')::boolean THEN 'held_pending' ELSE 'pending' END
      FROM settlement.receipts r CROSS JOIN jsonb_array_elements(r.nodes) n
      WHERE r.epoch IS NULL AND lower(n ->> 'owner') = ${owner}
    )
    SELECT node_id,
      coalesce(sum(wei) FILTER (WHERE place = 'paid'), 0) AS paid,
      coalesce(sum(wei) FILTER (WHERE place = 'claimable'), 0) AS claimable,
      coalesce(sum(wei) FILTER (WHERE place = 'pending'), 0) AS pending,
      coalesce(sum(wei) FILTER (WHERE place = 'held'), 0) AS held,
      coalesce(sum(wei) FILTER (WHERE place = 'held_pending'), 0) AS held_pending
    FROM parts GROUP BY node_id ORDER BY node_id`;
}

async function readRooted(sql: Sql, owner: string): Promise<OwnerEarnings["rooted"]> {
  const [row] = await sql<{ epoch: string; cumulative: string; claimed: string; at: Date | null }[]>`
    SELECT e.epoch, r.cumulative_wei AS cumulative, e.claimable_at AS at, coalesce((
      SELECT -sum(escrow_delta_wei) FROM settlement.chain_events
      WHERE wallet = ${owner} AND name = 'RootedClaimed'), 0) AS claimed
    FROM settlement.epochs e JOIN LATERAL (
      SELECT cumulative_wei FROM settlement.epoch_rooted
      WHERE payee = ${owner} AND epoch <= e.epoch ORDER BY epoch DESC LIMIT 1) r ON true
    WHERE e.payees_root IS NOT NULL AND e.status = 'settled' AND NOT e.disputed ORDER BY e.epoch DESC LIMIT 1`;
  if (row === undefined) return null;
  const { epoch, cumulative, claimed, at } = row;
  return { epoch: Number(epoch), cumulative, claimed, claimable_at: at?.toISOString() ?? null };
}

/** The oldest that waits is in an epoch an interval after it was earned, or after the last epoch. */
async function nextEpochAt(sql: Sql, owner: string, intervalS: number): Promise<string | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    SELECT CASE WHEN count(*) > 0 THEN greatest(min(created_at), (SELECT max(prepared_at) FROM settlement.epochs))
      + make_interval(secs => ${intervalS}) END AS at
    FROM settlement.nettable r WHERE EXISTS (
      SELECT 1 FROM jsonb_array_elements(r.nodes) n WHERE lower(n ->> 'owner') = ${owner})`;
  return row?.at?.toISOString() ?? null;
}

const PLACES = ["paid", "claimable", "pending", "held", "held_pending"] as const;

/** An operator's money by where it is, in all and node by node; the nodes' figures sum to the owner's, and all of them to the ledger's. */
export async function ownerEarnings(
  { sql, config }: { sql: Sql; config: Pick<SettlementConfig, "SETTLEMENT_EPOCH_INTERVAL_S"> },
  owner: string,
): Promise<OwnerEarnings> {
  const payee = owner.toLowerCase();
  const [nodes, rooted, next] = await Promise.all([
    readNodes(sql, payee),
    readRooted(sql, payee),
    nextEpochAt(sql, payee, config.SETTLEMENT_EPOCH_INTERVAL_S),
  ]);
  const total = (place: (typeof PLACES)[number]): string =>
    nodes.reduce((sum, node) => sum + BigInt(node[place]), 0n).toString();
  return {
    claimed: total("paid"),
    claimable: total("claimable"),
    pending: total("pending"),
    held: total("held"),
    held_pending: total("held_pending"),
    rooted,
    next_epoch_at: next,
    nodes: nodes satisfies NodeEarnings[],
  };
}
