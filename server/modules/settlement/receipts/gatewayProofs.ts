import type { GatewayProof } from "@farlabs/protocol";
import type { Hex } from "viem";
import { textArray } from "#platform/pg";
import { splitLeaves } from "./leaves.ts";
import { type SignContext, signCommits } from "./signBatch.ts";
import type { TreeOf } from "./trees.ts";

interface BatchRow {
  commit_id: string;
  batch: string | null;
  chain_id: string;
  contract: string;
  root: string;
  count: number;
  signed_at: string;
  signer: string;
  signature: string;
}

const readBatches = ({ sql }: SignContext, commitIds: readonly string[]) => sql<BatchRow[]>`
  SELECT c.id AS commit_id, c.batch, b.* FROM settlement.receipt_commits c
  LEFT JOIN settlement.receipt_batches b ON b.id = c.batch WHERE c.id = ANY(${textArray(commitIds)}::bigint[])`;

async function leavesOf({ sql }: SignContext, batch: string): Promise<Hex[]> {
  const rows = await sql<{ leaves: Buffer }[]>`
    SELECT leaves FROM settlement.receipt_commits WHERE batch = ${batch} ORDER BY id`;
  return rows.flatMap((row) => splitLeaves(row.leaves));
}

/** The network's signatures over some receipts; what nobody has signed yet is signed now. */
export async function gatewayProofs(
  context: SignContext,
  treeOf: TreeOf,
  receipts: readonly { commitId: string; leaf: Hex }[],
): Promise<GatewayProof[]> {
  const ids = [...new Set(receipts.map((r) => r.commitId))];
  let rows = await readBatches(context, ids);
  if (rows.some((row) => row.batch === null)) {
    await signCommits(context, ids);
    rows = await readBatches(context, ids);
  }
  const byCommit = new Map(rows.map((row) => [row.commit_id, row]));
  return Promise.all(
    receipts.map(async ({ commitId, leaf }) => {
      const row = byCommit.get(commitId);
      const batch = row?.batch ?? null;
      const tree = batch === null ? null : await treeOf(`batch:${batch}`, () => leavesOf(context, batch));
      const path = tree?.pathOf(leaf) ?? null;
      // A row that is not what was committed any more has no place in the tree, and nothing vouches for it.
      if (row === undefined || path === null) throw new Error(`a receipt of commit ${commitId} is not in its batch`);
      return {
        ...{ chain_id: Number(row.chain_id), contract: row.contract, root: row.root, count: row.count },
        ...{ signed_at: Number(row.signed_at), path, signer: row.signer, signature: row.signature },
      };
    }),
  );
}
