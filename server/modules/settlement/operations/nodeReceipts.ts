import type { Sql } from "#platform/pg";

/** One node's part of a charged task. */
export interface EarnedTask {
  taskId: string;
  attempt: number;
  atMs: number;
  model: string;
  tokens: number;
  amountWei: bigint;
  /** Goes to the node's held stake. */
  held: boolean;
  /** Null until netted; 0 for a task settled by itself. */
  epoch: number | null;
  /** Of the transaction that settled it, once that is confirmed. */
  txHash: string | null;
}

export interface EarnedPage {
  /** Newest first, and before this. */
  before: { atMs: number; taskId: string; attempt: number } | null;
  limit: number;
}

interface Row {
  task_id: string;
  attempt: number;
  created_at: Date;
  model: string;
  tokens: string;
  amount_wei: string;
  held: boolean;
  epoch: string | null;
  tx_hash: string | null;
}

/**
 * What a node earned, task by task. Most tasks have one node, found by the index over it; those that failed over are few and have an index of
 * their own, so that neither costs much to write.
 */
export async function nodeReceipts(sql: Sql, nodeId: string, { before, limit }: EarnedPage): Promise<EarnedTask[]> {
  const at = before === null ? null : new Date(before.atMs);
  const from = before === null ? sql`true` : sql`(r.created_at, r.task_id) <= (${at}, ${before.taskId})`;
  const rows = await sql<Row[]>`
    WITH found AS (
      (SELECT r.* FROM settlement.receipts r WHERE r.nodes -> 0 ->> 'nodeId' = ${nodeId} AND ${from}
        ORDER BY r.created_at DESC, r.task_id DESC LIMIT ${limit + 1})
      UNION
      (SELECT r.* FROM settlement.receipts r
        WHERE jsonb_array_length(r.nodes) > 1 AND r.nodes @> ${sql.json([{ nodeId }])} AND ${from}
        ORDER BY r.created_at DESC, r.task_id DESC LIMIT ${limit + 1}))
    SELECT f.task_id, (n ->> 'attempt')::int AS attempt, f.created_at, f.model, n ->> 'tokens' AS tokens, n ->> 'amountWei' AS amount_wei,
      (n ->> 'held')::boolean AS held, f.epoch, coalesce(e.tx_hash, t.tx_hash) AS tx_hash
    FROM found f CROSS JOIN LATERAL jsonb_array_elements(f.nodes) n
      LEFT JOIN settlement.epochs e ON e.epoch = f.epoch AND e.status = 'settled'
      LEFT JOIN settlement.task_completions t ON f.epoch = 0 AND t.task_id = f.task_id
    WHERE n ->> 'nodeId' = ${nodeId} AND n ->> 'amountWei' <> '0'
      AND ${before === null ? sql`true` : sql`(f.created_at, f.task_id, (n ->> 'attempt')::int) < (${at}, ${before.taskId}, ${before.attempt})`}
    ORDER BY f.created_at DESC, f.task_id DESC, attempt DESC LIMIT ${limit}`;
  return rows.map((row) => ({
    ...{ taskId: row.task_id, attempt: row.attempt, atMs: row.created_at.getTime(), model: row.model },
    ...{ tokens: Number(row.tokens), amountWei: BigInt(row.amount_wei), held: row.held },
    ...{ epoch: row.epoch === null ? null : Number(row.epoch), txHash: row.tx_hash },
  }));
}
