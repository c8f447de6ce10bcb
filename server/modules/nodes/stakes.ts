import { type Clock, coded } from "#kernel";
import { type Sql, type Tx, textArray } from "#platform/pg";
import { applyRegistry } from "./applyRegistry.ts";
import { NO_STAKE, type NodeStake, type RegistryStake, stakeOf } from "./model/stake.ts";
import type { NodeRow, Wanted } from "./registry.ts";
import type { RegistryEvent } from "./registryEvent.ts";

/** Told of within the transaction that changed a node; each process looks at the node anew when it hears. */
export const NODE_CHANGED = "nodes.changed";

export interface NodesEvent {
  topic: string;
  payload: Record<string, unknown>;
}
/** Writes events in a transaction: the outbox's `publish`. */
export type Publish = (tx: Tx, events: readonly NodesEvent[]) => Promise<void>;

interface StakeRow {
  node_id: string;
  stake: string | null;
  unbonding: string | null;
  withdrawable_at: Date | null;
  locked: string | null;
}

/** Stake and standing of nodes: mirrored from the chain, and what trust decided. */
export function createStakes({ sql, clock, publish, minWei }: StakesDeps) {
  async function registered(nodeIds: readonly string[]): Promise<Map<string, RegistryStake>> {
    const rows = await sql<StakeRow[]>`
      select n.node_id, s.stake, s.unbonding, s.withdrawable_at,
        (select sum(l.amount) from nodes.slash_locks l where l.owner_address = n.owner_address and l.node_hash = n.node_hash) as locked
      from nodes.gpu_nodes n left join nodes.stakes s on s.owner_address = n.owner_address and s.node_hash = n.node_hash
      where n.node_id = any (${textArray(nodeIds)}::text[])`;
    return new Map(rows.map((row) => [row.node_id, registryOf(row)]));
  }

  /** One change of a node's row, told of as it commits. @throws node_not_found */
  async function change(nodeId: string, update: (tx: Tx) => PromiseLike<{ count: number }>): Promise<void> {
    await sql.begin(async (begun) => {
      const tx = begun as unknown as Tx;
      if ((await update(tx)).count === 0) throw coded("node_not_found");
      await publish(tx, [{ topic: NODE_CHANGED, payload: { node_id: nodeId } }]);
    });
  }

  return {
    /** What stands behind each node, in the order of the rows. */
    async of(rows: readonly NodeRow[]): Promise<NodeStake[]> {
      const found = await registered(rows.map((row) => row.node_id));
      return rows.map((row) =>
        stakeOf(found.get(row.node_id) ?? NO_STAKE, suspensionOf(row), { nowMs: clock.now(), minWei }),
      );
    },

    async apply(tx: Tx, event: RegistryEvent): Promise<void> {
      const pair = await applyRegistry(tx, event);
      if (pair === null) return;
      const [row] = await tx<{ node_id: string }[]>`
        select node_id from nodes.gpu_nodes where owner_address = ${pair.owner} and node_hash = ${pair.hash}`;
      if (row !== undefined) await publish(tx, [{ topic: NODE_CHANGED, payload: { node_id: row.node_id } }]);
    },

    setWanted: (nodeId: string, wanted: Wanted): Promise<void> =>
      change(nodeId, (tx) => tx`update nodes.gpu_nodes set wanted = ${wanted} where node_id = ${nodeId}`),
    setScore: (nodeId: string, score: number): Promise<void> =>
      change(
        nodeId,
        (tx) => tx`update nodes.gpu_nodes set reliability_score = ${numberOf(score)} where node_id = ${nodeId}`,
      ),
    suspend: (nodeId: string, reason: string, untilMs: number | null): Promise<void> =>
      change(
        nodeId,
        (tx) => tx`
          update nodes.gpu_nodes set suspended_for = ${reason}, suspended_until = ${untilMs === null ? null : new Date(untilMs)}
          where node_id = ${nodeId}`,
      ),
    resume: (nodeId: string): Promise<void> =>
      change(
        nodeId,
        (tx) => tx`update nodes.gpu_nodes set suspended_for = null, suspended_until = null where node_id = ${nodeId}`,
      ),
  };
}

export interface StakesDeps {
  sql: Sql;
  clock: Pick<Clock, "now">;
  publish: Publish;
  /** The registry's minimum stake. */
  minWei: bigint;
}

const numberOf = (score: number): string => (Math.round(Math.min(100, Math.max(0, score)) * 100) / 100).toString();

const suspensionOf = (row: NodeRow) =>
  row.suspended_for === null ? null : { reason: row.suspended_for, untilMs: row.suspended_until?.getTime() ?? null };

const registryOf = (row: StakeRow): RegistryStake => ({
  stakeWei: BigInt(row.stake ?? 0),
  unbondingWei: BigInt(row.unbonding ?? 0),
  withdrawableAtMs: row.withdrawable_at?.getTime() ?? null,
  lockedWei: BigInt(row.locked ?? 0),
});
