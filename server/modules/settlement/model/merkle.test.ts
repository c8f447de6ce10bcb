import { concat, type Hex, keccak256, sha256 } from "viem";
import { expect, it } from "vitest";
import { leafOf, merkleRoot, merkleTree } from "./merkle.ts";

const pair = (a: Hex, b: Hex): Hex => keccak256(concat(a < b ? [a, b] : [b, a]));

it("builds the tree that sorted-pair verifiers accept", async () => {
  const [a, b, c] = ["a", "b", "c"].map((text) => leafOf(text)) as [Hex, Hex, Hex];
  expect(await merkleRoot([a])).toBe(a);
  expect(await merkleRoot([a, b, c])).toBe(pair(pair(a, b), c));
});

it("makes leaves by another function than inner nodes", () => {
  expect(leafOf("receipt — ✓")).toBe(sha256(new TextEncoder().encode("receipt — ✓")));
});

it.each([1, 2, 3, 7, 64, 129])("gives each of %i leaves its path, and none to what is no leaf", async (count) => {
  const leaves = Array.from({ length: count }, (_, i) => leafOf(`receipt ${i}`));
  const tree = await merkleTree(leaves);
  for (const leaf of leaves) expect((tree.pathOf(leaf) ?? []).reduce(pair, leaf)).toBe(tree.root);
  expect(tree.pathOf(leafOf("another"))).toBeNull();
});

it("changes with every leaf and never equals a leaf of an inner node", async () => {
  const leaves = Array.from({ length: 600 }, (_, i) => leafOf(`receipt ${i}`));
  const root = await merkleRoot(leaves);
  for (const i of [0, 299, 599]) {
    expect(await merkleRoot(leaves.with(i, leafOf("another")))).not.toBe(root);
  }
});
