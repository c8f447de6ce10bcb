import { hash } from "node:crypto";
import { type OutputLeaf, outputLeafText } from "@farlabs/protocol";
import { type Hex, keccak256 } from "viem";

const parentOf = (a: Buffer, b: Buffer): Buffer =>
  Buffer.from(keccak256(Buffer.concat(Buffer.compare(a, b) < 0 ? [a, b] : [b, a]), "bytes"));

/** Root over the leaves in the order given: SHA-256 leaves, keccak-256 of sorted pairs, an odd one out moves up. At least one leaf. */
export function outputRoot(leaves: readonly OutputLeaf[]): Hex {
  let level: Buffer[] = leaves.map((leaf) => hash("sha256", outputLeafText(leaf), "buffer"));
  while (level.length > 1) {
    const next: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = level.slice(i, i + 2) as [Buffer, Buffer?];
      next.push(b === undefined ? a : parentOf(a, b));
    }
    level = next;
  }
  const [root] = level;
  if (root === undefined) throw new RangeError("a tree has at least one leaf");
  return `0x${root.toString("hex")}`;
}
