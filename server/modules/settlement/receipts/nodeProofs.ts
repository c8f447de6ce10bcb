import type { NodeProof } from "@farlabs/protocol";
import type { Sql } from "#platform/pg";
import { jsonArray } from "#platform/pg";
import type { ReceiptPart } from "../settlement.ts";
import { outputLeafHash } from "./nodeStatement.ts";
import { MISSING, type MissingProof } from "./proof.ts";
import type { TreeOf } from "./trees.ts";

interface RootRow {
  task_id: string;
  attempt: number;
  id: string;
  root: string;
  signed_at: string;
  signature: string;
  task_ids: string[];
  attempts: number[];
  output_hashes: string[];
  tokens: string[];
  session_key: string;
  node_key: string;
  network: string;
  chain_id: string;
  valid_from: string;
  session_signature: string;
}

/** A root comes within seconds of its attempts' end, and minutes where the line was cut; a task takes half an hour at most. */
const readRoots = (sql: Sql, wanted: readonly unknown[]) => sql<RootRow[]>`
  SELECT w.task_id, w.attempt, r.*, s.node_key, s.network, s.chain_id, s.valid_from, s.signature AS session_signature
  FROM unnest(${jsonArray(wanted)}::text[]) AS j (text)
  CROSS JOIN LATERAL json_to_record(j.text::json)
    AS w (task_id text, attempt int, node_id text, output_hash text, tokens bigint, at float8)
  CROSS JOIN LATERAL (
    SELECT * FROM settlement.node_roots r
    WHERE r.node_id = w.node_id AND w.task_id = ANY(r.task_ids)
      AND r.received_at BETWEEN to_timestamp(w.at) - interval '1 minute' AND to_timestamp(w.at) + interval '1 hour'
      AND EXISTS (SELECT 1 FROM unnest(r.task_ids, r.attempts, r.output_hashes, r.tokens) AS u (t, a, h, k)
        WHERE t = w.task_id AND a = w.attempt AND h = w.output_hash AND k = w.tokens)
    ORDER BY r.received_at LIMIT 1) r
  JOIN settlement.node_sessions s ON s.node_id = r.node_id AND s.session_key = r.session_key`;

const leavesOf = (row: RootRow) =>
  row.task_ids.map((taskId, i) =>
    outputLeafHash({
      ...{ taskId, attempt: row.attempts[i] ?? 0 },
      ...{ outputHash: row.output_hashes[i] ?? "", tokens: Number(row.tokens[i]) },
    }),
  );

async function proofOf(row: RootRow, leaf: ReturnType<typeof outputLeafHash>, treeOf: TreeOf): Promise<NodeProof> {
  const tree = await treeOf(`node:${row.id}`, async () => leavesOf(row));
  return {
    session: {
      ...{ chain_id: Number(row.chain_id), network: row.network, key: row.session_key },
      ...{ valid_from: Number(row.valid_from), node_key: row.node_key, signature: row.session_signature },
    },
    ...{ root: row.root, count: row.task_ids.length, at: Number(row.signed_at) },
    ...{ path: tree.pathOf(leaf) ?? [], signature: row.signature },
  };
}

const wantedOf = ({ taskId, createdAtMs, nodes }: ReceiptPart) =>
  nodes.flatMap(({ nodeId, attempt, outputHash, tokensClaimed }) => {
    if (tokensClaimed === null) return [];
    const said = { task_id: taskId, attempt, node_id: nodeId, output_hash: outputHash, tokens: tokensClaimed };
    return [{ ...said, at: createdAtMs / 1000 }];
  });

/** What the nodes of some receipts signed of them, or why there is nothing; for each receipt one entry a node, in order. */
export async function nodeProofs(
  sql: Sql,
  treeOf: TreeOf,
  receipts: readonly ReceiptPart[],
): Promise<(NodeProof | MissingProof)[][]> {
  const wanted = receipts.flatMap(wantedOf);
  const rows = wanted.length === 0 ? [] : await readRoots(sql, wanted);
  const byAttempt = new Map(rows.map((row) => [`${row.task_id} ${row.attempt}`, row]));
  return Promise.all(
    receipts.map(({ taskId, nodes }) =>
      Promise.all(
        nodes.map(async ({ attempt, outputHash, tokensClaimed }) => {
          if (tokensClaimed === null) return { missing: MISSING.unfinished };
          const row = byAttempt.get(`${taskId} ${attempt}`);
          if (row === undefined) return { missing: MISSING.silent };
          return proofOf(row, outputLeafHash({ taskId, attempt, outputHash, tokens: tokensClaimed }), treeOf);
        }),
      ),
    ),
  );
}
