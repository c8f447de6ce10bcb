import "../errors.ts";
import { coded } from "#kernel";
import { type PayeesTree, payeesTree } from "../model/payeesTree.ts";
import type { PayeeProof } from "../settlement.ts";
import type { Context } from "./context.ts";
import { readCumulative } from "./rootedPayees.ts";

/** Trees kept: claims come in waves, for the newest roots. */
const TREES_MAX = 2;

interface Tree extends PayeesTree {
  sums: ReadonlyMap<string, bigint>;
}

interface Row {
  payees_root: string;
  claimable_at: Date | null;
  disputed: boolean;
}

/** Proofs under payees roots; a tree is built once for many who ask. */
export function createPayeeProofs({
  sql,
}: Pick<Context, "sql">): (epoch: number, payee: string) => Promise<PayeeProof> {
  const trees = new Map<number, Promise<Tree>>();

  async function build(epoch: number): Promise<Tree> {
    const payees = await readCumulative(sql, BigInt(epoch));
    return { ...(await payeesTree(payees)), sums: new Map(payees.map((p) => [p.payee, p.cumulativeWei])) };
  }

  function treeOf(epoch: number): Promise<Tree> {
    const known = trees.get(epoch);
    if (known !== undefined) return known;
    const made = build(epoch);
    trees.set(epoch, made);
    made.catch(() => trees.delete(epoch));
    const [oldest] = trees.keys();
    if (trees.size > TREES_MAX && oldest !== undefined) trees.delete(oldest);
    return made;
  }

  return async (epoch, payee) => {
    const address = payee.toLowerCase();
    const [row] = await sql<Row[]>`
      SELECT payees_root, claimable_at, disputed FROM settlement.epochs
      WHERE epoch = ${epoch} AND status = 'settled' AND payees_root IS NOT NULL
        AND EXISTS (SELECT 1 FROM settlement.epoch_rooted WHERE payee = ${address} AND epoch <= ${epoch})`;
    if (row === undefined) throw coded("payee_not_found");
    const tree = await treeOf(epoch);
    const [proof, cumulative] = [tree.proofOf(address), tree.sums.get(address)];
    if (proof === null || cumulative === undefined || tree.root !== row.payees_root)
      throw new Error(`the payees tree of epoch ${epoch} does not give its root`);
    return {
      ...{ epoch, payee: address, cumulative: cumulative.toString(), payees_root: tree.root, proof },
      ...{ claimable_at: row.claimable_at?.toISOString() ?? null, disputed: row.disputed },
    };
  };
}
