import { type Hex, keccak256 } from "viem";

/** Hashes between two pauses, as for receipts. */
const CHUNK = 100;
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a payee was credited under roots in all epochs so far, wei. */
export interface RootedPayee {
  payee: string;
  cumulativeWei: bigint;
}

export interface PayeesTree {
  root: Hex;
  /** In the order of the tree, ascending. */
  leaves: readonly Hex[];
  /** Siblings from the payee's leaf up, or null for somebody it does not hold. */
  proofOf(payee: string): Hex[] | null;
}

const word = (hex: string): string => hex.padStart(64, "0");

/** OpenZeppelin's standard leaf: keccak256(keccak256(abi.encode(payee, cumulativeAmount))). */
export const payeeLeaf = ({ payee, cumulativeWei }: RootedPayee): Hex =>
  keccak256(keccak256(`0x${word(payee.slice(2).toLowerCase())}${word(cumulativeWei.toString(16))}`));

const parent = (a: Hex, b: Hex): Hex =>
  keccak256(a < b ? `0x${a.slice(2)}${b.slice(2)}` : `0x${b.slice(2)}${a.slice(2)}`);

/** A complete binary tree in an array: node `i` has the children `2i + 1` and `2i + 2`, leaves lie at the end in reverse. */
async function nodesOf(leaves: readonly Hex[]): Promise<Hex[]> {
  const tree: Hex[] = new Array<Hex>(2 * leaves.length - 1).fill("0x");
  leaves.forEach((leaf, i) => {
    tree[tree.length - 1 - i] = leaf;
  });
  for (let i = leaves.length - 2; i >= 0; i -= 1) {
    tree[i] = parent(tree[2 * i + 1] ?? "0x", tree[2 * i + 2] ?? "0x");
    if (i % CHUNK === 0) await pause();
  }
  return tree;
}

/** Root of leaves in ascending order; at least one. */
export async function payeesRootOf(leaves: readonly Hex[]): Promise<Hex> {
  const [root] = await nodesOf(leaves);
  if (root === undefined) throw new RangeError("a tree has at least one leaf");
  return root;
}

/**
 * The cumulative tree of everybody ever rooted, in the shape of OpenZeppelin's StandardMerkleTree (leaves sorted, pairs sorted), so that its
 * libraries give the same root. At least one payee, each once.
 */
export async function payeesTree(payees: readonly RootedPayee[]): Promise<PayeesTree> {
  const byPayee = new Map(payees.map((p) => [p.payee.toLowerCase(), payeeLeaf(p)]));
  const leaves = [...byPayee.values()].sort();
  const tree = await nodesOf(leaves);
  const [root] = tree;
  if (root === undefined) throw new RangeError("a tree has at least one leaf");
  const position = new Map(leaves.map((leaf, i) => [leaf, tree.length - 1 - i]));
  return {
    ...{ root, leaves },
    proofOf(payee) {
      const leaf = byPayee.get(payee.toLowerCase());
      const start = leaf === undefined ? undefined : position.get(leaf);
      if (start === undefined) return null;
      const proof: Hex[] = [];
      for (let i = start; i > 0; i = Math.floor((i - 1) / 2)) proof.push(tree[i % 2 === 0 ? i - 1 : i + 1] ?? "0x");
      return proof;
    },
  };
}
