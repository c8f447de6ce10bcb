/** AES-256-GCM with a random 96-bit nonce: `version 1 | nonce 12 | tag 16 | ciphertext`. `context` is authenticated, not stored. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** A 256-bit key of one purpose out of the server's secret, so that no two purposes share a key. */
export const deriveKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "far-labs", purpose, 32));

export function sealBox(key: Buffer, plain: Buffer, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), text]);
}

/** @throws Error when key or context is another one, or the box was changed */
export function openBox(key: Buffer, box: Buffer, context: string): Buffer {
  if (box.length < HEAD_BYTES || box[0] !== VERSION) throw new Error("not a sealed box");
  const nonce = box.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context)).setAuthTag(box.subarray(1 + NONCE_BYTES, HEAD_BYTES));
  return Buffer.concat([decipher.update(box.subarray(HEAD_BYTES)), decipher.final()]);
}
