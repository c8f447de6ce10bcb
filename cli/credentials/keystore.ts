import { createDecipheriv, pbkdf2Sync, scryptSync } from "node:crypto";
import { type Hex, hexToBytes, keccak256 } from "viem";
import { CliError } from "../errors.ts";

/** A V3 keystore ("Web3 Secret Storage"), as geth, foundry and most wallets write it. */
export interface Keystore {
  crypto: {
    cipher: string;
    ciphertext: string;
    cipherparams: { iv: string };
    kdf: string;
    kdfparams: { dklen: number; salt: string; n?: number; r?: number; p?: number; c?: number; prf?: string };
    mac: string;
  };
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/^0x/, ""), "hex");
const SCRYPT_MEMORY_MAX = 512 * 1024 * 1024;

export const isKeystore = (value: unknown): value is Keystore =>
  typeof value === "object" && value !== null && "crypto" in value && typeof value.crypto === "object";

function derive({ kdf, kdfparams: p }: Keystore["crypto"], password: string): Buffer {
  if (kdf === "scrypt") {
    const options = { N: p.n ?? 0, r: p.r ?? 0, p: p.p ?? 0, maxmem: SCRYPT_MEMORY_MAX };
    return scryptSync(password, bytes(p.salt), p.dklen, options);
  }
  if (kdf === "pbkdf2" && p.prf === "hmac-sha256")
    return pbkdf2Sync(password, bytes(p.salt), p.c ?? 0, p.dklen, "sha256");
  throw new CliError("usage", "bad_key_file", { message: `The keystore uses ${kdf}, which is not known here.` });
}

/** The private key in a keystore. @throws CliError `wrong_password`, `bad_key_file` */
export function openKeystore(keystore: Keystore, password: string): Hex {
  const { crypto } = keystore;
  if (crypto.cipher !== "aes-128-ctr") {
    throw new CliError("usage", "bad_key_file", {
      message: `The keystore uses ${crypto.cipher}, which is not known here.`,
    });
  }
  const derived = derive(crypto, password);
  const sealed = bytes(crypto.ciphertext);
  const mac = keccak256(Buffer.concat([derived.subarray(16, 32), sealed]));
  if (!Buffer.from(hexToBytes(mac)).equals(bytes(crypto.mac))) {
    throw new CliError("credentials", "wrong_password", { message: "The password does not open this keystore." });
  }
  const cipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), bytes(crypto.cipherparams.iv));
  return `0x${Buffer.concat([cipher.update(sealed), cipher.final()]).toString("hex")}`;
}
