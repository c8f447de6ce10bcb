import { numberArray, type Tx, textArray } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "../operations/context.ts";

/** By then the receipts of the attempts that a root speaks of are committed. */
const WAIT_MS = 10_000;
const ROOTS_MAX = 500;

interface Different {
  node_id: string;
  task_id: string;
  model: string;
  attempt: number;
  said_hash: string;
  said_tokens: string;
  arrived_hash: string;
  claimed_tokens: string;
}

const findDifferent = (tx: Tx, ids: readonly string[]) => tx<Different[]>`
  SELECT r.node_id, u.task_id, c.model, u.attempt, u.said_hash, u.said_tokens,
    n ->> 'outputHash' AS arrived_hash, n ->> 'tokensClaimed' AS claimed_tokens
  FROM settlement.node_roots r
  CROSS JOIN LATERAL unnest(r.task_ids, r.attempts, r.output_hashes, r.tokens) AS u (task_id, attempt, said_hash, said_tokens)
  JOIN settlement.receipts c ON c.task_id = u.task_id
  CROSS JOIN LATERAL jsonb_array_elements(c.nodes) AS n
  WHERE r.id = ANY(${textArray(ids)}::bigint[]) AND n ->> 'nodeId' = r.node_id AND (n ->> 'attempt')::int = u.attempt
    AND n ->> 'tokensClaimed' IS NOT NULL
    AND (n ->> 'outputHash' <> u.said_hash OR (n ->> 'tokensClaimed')::bigint <> u.said_tokens)`;

const toEvent = (d: Different) => ({
  topic: settlementTopics.nodeStatementDiffers,
  payload: {
    ...{ node_id: d.node_id, task_id: d.task_id, model: d.model, attempt: d.attempt },
    said: { output_hash: d.said_hash, tokens: Number(d.said_tokens) },
    arrived: { output_hash: d.arrived_hash, tokens_claimed: Number(d.claimed_tokens) },
  },
});

/**
 * Compares what nodes signed with what arrived from them, each root once, and publishes what differs
 * (`settlement.node_statement_differs`) in the transaction that notes the comparison. A node that signs something else than it sent is
 * for others to judge; nothing is paid or withheld for it here.
 * @returns how many roots were compared
 */
export async function compareRoots({ sql, outbox, clock }: Pick<Context, "sql" | "outbox" | "clock">): Promise<number> {
  return (await sql.begin(async (tx) => {
    const roots = await tx<{ id: string }[]>`
      SELECT id FROM settlement.node_roots WHERE NOT compared AND received_at <= ${new Date(clock.now() - WAIT_MS)}
      ORDER BY received_at LIMIT ${ROOTS_MAX} FOR UPDATE SKIP LOCKED`;
    if (roots.length === 0) return 0;
    const ids = roots.map((r) => r.id);
    const different = await findDifferent(tx, ids);
    await tx`UPDATE settlement.node_roots SET compared = true WHERE id = ANY(${numberArray(ids.map(BigInt))}::bigint[])`;
    if (different.length > 0) await outbox.publish(tx, different.map(toEvent));
    return roots.length;
  })) as number;
}
