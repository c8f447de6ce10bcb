import { hash } from "node:crypto";
import { concat, type Hex, keccak256 } from "viem";

/** Hashes between two pauses; keeps a leader that also serves requests responsive (one of 64 bytes takes some 20 µs). */
const CHUNK = 200;

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A leaf is hashed twice, so that no inner node can be passed off as one. The first hash is SHA-256, which is native: keccak-256 of a
 * whole receipt in JavaScript took eight times as long, and a tenth of a busy leader's time. The EVM has both.
 */
export const leafOf = (preimage: Uint8Array): Hex => keccak256(hash("sha256", preimage, "buffer"));

/** Sorted pairs, as OpenZeppelin's MerkleProof verifies them. */
const parentOf = (a: Hex, b: Hex): Hex => keccak256(a < b ? concat([a, b]) : concat([b, a]));

/** Root of the leaves in the order given; an odd one out moves up unchanged. At least one leaf. */
export async function merkleRoot(leaves: readonly Hex[]): Promise<Hex> {
  let level = [...leaves];
  while (level.length > 1) {
    const next: Hex[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = level.slice(i, i + 2) as [Hex, Hex?];
      next.push(b === undefined ? a : parentOf(a, b));
      if (next.length % CHUNK === 0) await pause();
    }
    level = next;
  }
  const [root] = level;
  if (root === undefined) throw new RangeError("a tree has at least one leaf");
  return root;
}
