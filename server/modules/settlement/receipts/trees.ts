import type { Hex } from "viem";
import { type MerkleTree, merkleTree } from "../model/merkle.ts";

/** Trees kept; one of 10 000 leaves takes some 3 MB and a tenth of a second to build. */
const TREES_MAX = 16;

/** Trees that never change any more, by name; the least lately used is forgotten. */
export function createTrees() {
  const trees = new Map<string, Promise<MerkleTree>>();
  return function treeOf(name: string, leaves: () => Promise<readonly Hex[]>): Promise<MerkleTree> {
    const tree = trees.get(name) ?? leaves().then(merkleTree);
    trees.delete(name);
    trees.set(name, tree);
    tree.catch(() => trees.delete(name));
    for (const oldest of trees.keys()) {
      if (trees.size <= TREES_MAX) break;
      trees.delete(oldest);
    }
    return tree;
  };
}
export type TreeOf = ReturnType<typeof createTrees>;
