import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const POOL_BYTES = 8_192;
let pool = Buffer.alloc(0);
let at = 0;

function bytes(count: number): Buffer {
  if (at + count > pool.length) {
    pool = randomBytes(POOL_BYTES);
    at = 0;
  }
  const slice = pool.subarray(at, at + count);
  at += count;
  return slice;
}

/**
 * A sortable unique id: `prefix_` + 9 characters of time (ms) + 16 random characters (80 bits), base 32.
 * Time first keeps index inserts at the right edge of the tree.
 */
export function newId(prefix: string): string {
  let time = Date.now();
  let stamp = "";
  for (let i = 0; i < 9; i++) {
    stamp = ALPHABET[time % 32] + stamp;
    time = Math.floor(time / 32);
  }
  let random = "";
  for (const b of bytes(16)) random += ALPHABET[b & 31];
  return `${prefix}_${stamp}${random}`;
}

/** `count` bytes (at most 64) from the system's random source, as lower-case hex; asks it once for many. */
export const randomHex = (count: number): string => bytes(count).toString("hex");

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `length` base-62 characters from the system's random source, unbiased (5.95 bits each). */
export function newSecret(length: number): string {
  let out = "";
  while (out.length < length) {
    for (const b of randomBytes(length)) if (b < 248 && out.length < length) out += BASE62[b % 62];
  }
  return out;
}
