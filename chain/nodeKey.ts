import { type Hex, keccak256, stringToBytes } from "viem";

/** What names a node on chain, beside its owner's address: keccak-256 of the UTF-8 bytes of its id. */
export function nodeKeyOf(nodeId: string): Hex {
  return keccak256(stringToBytes(nodeId));
}
