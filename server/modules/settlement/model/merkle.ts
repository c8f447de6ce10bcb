import { hash } from "node:crypto";
import { type Hex, keccak256 } from "viem";

/** Hashes between two pauses; keeps a leader that also serves requests responsive (one of 64 bytes takes some 7 µs). */
const CHUNK = 100;

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A leaf is the SHA-256 of its preimage, an inner node a keccak-256: no inner node can be passed off as a leaf, and whole receipts are
 * hashed natively, which in JavaScript took a tenth of a busy leader's time. A contract has both functions.
 */
export const leafOf = (preimage: string): Hex => `0x${hash("sha256", preimage, "hex")}`;

const toBytes = (hex: Hex): Buffer => Buffer.from(hex.slice(2), "hex");
const toHex = (bytes: Buffer): Hex => `0x${bytes.toString("hex")}`;

const pair = Buffer.alloc(64);
/** Sorted pairs, as OpenZeppelin's MerkleProof verifies them. */
function parentOf(a: Buffer, b: Buffer): Buffer {
  const isSorted = Buffer.compare(a, b) < 0;
  pair.set(isSorted ? a : b, 0);
  pair.set(isSorted ? b : a, 32);
  const { buffer, byteOffset, byteLength } = keccak256(pair, "bytes");
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Every level from the leaves to the root; an odd one out moves up unchanged. */
async function levelsOf(leaves: readonly Hex[]): Promise<Buffer[][]> {
  const levels: Buffer[][] = [leaves.map(toBytes)];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const next: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = level.slice(i, i + 2) as [Buffer, Buffer?];
      next.push(b === undefined ? a : parentOf(a, b));
      if (next.length % CHUNK === 0) await pause();
    }
    levels.push(next);
  }
  return levels;
}

/** A whole tree, for many of its paths. */
export interface MerkleTree {
  root: Hex;
  count: number;
  /** The siblings from a leaf up to the root, or null for what is no leaf. */
  pathOf(leaf: Hex): Hex[] | null;
}

/** At least one leaf. */
export async function merkleTree(leaves: readonly Hex[]): Promise<MerkleTree> {
  const levels = await levelsOf(leaves);
  const root = levels.at(-1)?.[0];
  if (root === undefined) throw new RangeError("a tree has at least one leaf");
  let indexes: Map<Hex, number> | undefined;
  return {
    root: toHex(root),
    count: leaves.length,
    pathOf(leaf) {
      indexes ??= new Map(leaves.map((one, at) => [one, at]));
      const index = indexes.get(leaf);
      if (index === undefined) return null;
      return levels.slice(0, -1).flatMap((level, height) => {
        const sibling = level[Math.floor(index / 2 ** height) ^ 1];
        return sibling === undefined ? [] : [toHex(sibling)];
      });
    },
  };
}

/** Root of the leaves in the order given; at least one leaf. */
export const merkleRoot = async (leaves: readonly Hex[]): Promise<Hex> => (await merkleTree(leaves)).root;
