/**
 * An API key: `far_live_` or `far_test_`, 32 random base-62 characters (190 bits), 6 characters of CRC-32 over all before them.
 * The checksum lets a mistyped key, and a scanner for leaked ones, be told without a database.
 */
import { crc32 } from "node:zlib";
import { newSecret } from "#kernel";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LENGTH = 32;
const CHECK_LENGTH = 6;
const SHAPE = /^far_(live|test)_[0-9A-Za-z]{38}$/;

export type KeyMode = "live" | "test";

/** CRC-32 in base 62; 62⁶ > 2³², so six characters always hold it. */
function checksum(text: string): string {
  let rest = crc32(text);
  let out = "";
  for (let i = 0; i < CHECK_LENGTH; i++) {
    out = DIGITS[rest % 62] + out;
    rest = Math.floor(rest / 62);
  }
  return out;
}

/** A new key; shown once, only its hash is stored. */
export function newApiKey(mode: KeyMode): string {
  const body = `far_${mode}_${newSecret(SECRET_LENGTH)}`;
  return body + checksum(body);
}

/** Whether the text has a key's shape and a true checksum. */
export function isApiKey(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  return checksum(text.slice(0, -CHECK_LENGTH)) === text.slice(-CHECK_LENGTH);
}

/** What a list shows of a key, enough to recognise and too little to guess by. */
export const keyPrefix = (key: string): string => key.slice(0, 13);
