/** Hashes, trees and signatures, over hex strings in lower case with `0x`. */
import { secp256k1 } from "@noble/curves/secp256k1";
import { sha256 as sha2 } from "@noble/hashes/sha2";
import { keccak_256 } from "@noble/hashes/sha3";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils";

const toHex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;
const toBytes = (hex: string): Uint8Array => hexToBytes(hex.slice(2));

/** SHA-256 of a text's UTF-8 bytes. */
export const sha256 = (text: string): string => toHex(sha2(utf8ToBytes(text)));
/** keccak-256 of a text's UTF-8 bytes. */
export const keccakText = (text: string): string => toHex(keccak_256(utf8ToBytes(text)));

/** keccak-256 of the sorted pair, as OpenZeppelin's MerkleProof computes it. Same length and case: texts sort as bytes do. */
const parentOf = (a: string, b: string): string => {
  const [low, high] = a < b ? [a, b] : [b, a];
  return toHex(keccak_256(concatBytes(toBytes(low), toBytes(high))));
};
/** Where a path leads from a leaf. */
export const rootOf = (leaf: string, path: readonly string[]): string => path.reduce(parentOf, leaf);

type Value = string | number;
type Kind = "address" | "bytes32" | "string" | "uint";
/** A struct's type string and its members, in order. */
export interface Struct {
  type: string;
  members: readonly [Kind, Value][];
}

const word = (hex: string): Uint8Array => hexToBytes(hex.padStart(64, "0"));

function encode(kind: Kind, value: Value): Uint8Array {
  switch (kind) {
    case "uint":
      return word(BigInt(value).toString(16));
    case "string":
      return keccak_256(utf8ToBytes(String(value)));
    case "address":
    case "bytes32":
      return word(String(value).slice(2));
    default:
      return kind satisfies never;
  }
}
const hashStruct = ({ type, members }: Struct): Uint8Array =>
  keccak_256(concatBytes(keccak_256(utf8ToBytes(type)), ...members.map(([kind, value]) => encode(kind, value))));

/** The address whose key signed a struct in a domain (EIP-712), or null for no signature at all, or one with a high s. */
export function signerOf(domain: Struct, message: Struct, signature: string): string | null {
  const digest = keccak_256(concatBytes(new Uint8Array([0x19, 0x01]), hashStruct(domain), hashStruct(message)));
  const bytes = toBytes(signature);
  try {
    const parsed = secp256k1.Signature.fromCompact(bytes.slice(0, 64)).addRecoveryBit((bytes[64] ?? 0) - 27);
    if (parsed.hasHighS()) return null;
    const key = parsed.recoverPublicKey(digest).toRawBytes(false);
    return toHex(keccak_256(key.slice(1)).slice(12));
  } catch {
    return null;
  }
}
