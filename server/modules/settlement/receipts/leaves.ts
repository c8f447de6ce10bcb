import type { Hex } from "viem";

const BYTES = 32;

/** Leaves as they lie in a column, one after another. */
export function splitLeaves(bytes: Buffer): Hex[] {
  const hex = bytes.toString("hex");
  const leafAt = (i: number): Hex => `0x${hex.slice(i * 2 * BYTES, (i + 1) * 2 * BYTES)}`;
  return Array.from({ length: bytes.length / BYTES }, (_, i) => leafAt(i));
}
