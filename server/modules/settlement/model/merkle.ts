import { hash } from "node:crypto";
import { type Hex, keccak256 } from "viem";

/** Hashes between two pauses; keeps a leader that also serves requests responsive (one of 64 bytes takes some 20 µs). */
const CHUNK = 50;

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A leaf is the SHA-256 of its preimage, an inner node a keccak-256: no inner node can be passed off as a leaf, and whole receipts are
 * hashed natively, which in JavaScript took a tenth of a busy leader's time. A contract has both functions.
 */
export const leafOf = (preimage: Uint8Array): Hex => `0x${hash("sha256", preimage, "hex")}`;

/** Sorted pairs, as OpenZeppelin's MerkleProof verifies them. */
function parentOf(a: Buffer, b: Buffer): Buffer {
  const pair = Buffer.compare(a, b) < 0 ? [a, b] : [b, a];
  return Buffer.from(keccak256(Buffer.concat(pair), "bytes"));
}

/** Root of the leaves in the order given; an odd one out moves up unchanged. At least one leaf. */
export async function merkleRoot(leaves: readonly Hex[]): Promise<Hex> {
  let level: Buffer[] = leaves.map((leaf) => Buffer.from(leaf.slice(2), "hex"));
  while (level.length > 1) {
    const next: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = level.slice(i, i + 2) as [Buffer, Buffer?];
      next.push(b === undefined ? a : parentOf(a, b));
      if (next.length % CHUNK === 0) await pause();
    }
    level = next;
  }
  const [root] = level;
  if (root === undefined) throw new RangeError("a tree has at least one leaf");
  return `0x${root.toString("hex")}`;
}
