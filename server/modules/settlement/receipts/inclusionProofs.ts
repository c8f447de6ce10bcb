import type { InclusionProof } from "@farlabs/protocol";
import type { Hex } from "viem";
import { numberArray } from "#platform/pg";
import type { Context } from "../operations/context.ts";
import { splitLeaves } from "./leaves.ts";
import type { TreeOf } from "./trees.ts";

async function leavesOf({ sql }: Pick<Context, "sql">, epoch: string): Promise<Hex[]> {
  const [row] = await sql<{ receipts: Buffer }[]>`
    SELECT receipts FROM settlement.epoch_leaves WHERE epoch = ${epoch}`;
  return row === undefined ? [] : splitLeaves(row.receipts);
}

/** Where settled epochs hold some receipts; null for what is not settled in one. */
export async function inclusionProofs(
  context: Pick<Context, "sql" | "chain">,
  treeOf: TreeOf,
  receipts: readonly { epoch: string | null; leaf: Hex }[],
): Promise<(InclusionProof | null)[]> {
  const epochs = [...new Set(receipts.flatMap(({ epoch }) => (epoch === null ? [] : [Number(epoch)])))];
  const settled = await context.sql<{ epoch: string; receipts_root: string }[]>`
    SELECT epoch, receipts_root FROM settlement.epochs WHERE epoch = ANY(${numberArray(epochs)}::bigint[]) AND status = 'settled'`;
  const roots = new Map(settled.map((row) => [row.epoch, row.receipts_root]));
  return Promise.all(
    receipts.map(async ({ epoch, leaf }) => {
      const root = epoch === null ? undefined : roots.get(epoch);
      if (epoch === null || root === undefined) return null;
      const path = (await treeOf(`epoch:${epoch}`, () => leavesOf(context, epoch))).pathOf(leaf);
      if (path === null) throw new Error(`a receipt of epoch ${epoch} is not in its tree`);
      const { chainId, contracts } = context.chain;
      return {
        ...{ chain_id: chainId, contract: contracts.inferencePayment.toLowerCase() },
        ...{ epoch: Number(epoch), root, path },
      };
    }),
  );
}
