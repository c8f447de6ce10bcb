import { createCipheriv, scryptSync } from "node:crypto";
import { keccak256 } from "viem";
import { expect, it } from "vitest";
import { openKeystore } from "./keystore.ts";

const KEY = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

/** As wallets write it, with small numbers: the definition's own scrypt vector has parameters that OpenSSL refuses. */
function sealed() {
  const [salt, iv] = [Buffer.alloc(32, 7), Buffer.alloc(16, 9)];
  const derived = scryptSync("testpassword", salt, 32, { N: 4_096, r: 8, p: 1 });
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(KEY.slice(2), "hex")), cipher.final()]);
  return {
    ...{ cipher: "aes-128-ctr", ciphertext: ciphertext.toString("hex"), cipherparams: { iv: iv.toString("hex") } },
    ...{ kdf: "scrypt", kdfparams: { dklen: 32, n: 4_096, r: 8, p: 1, salt: salt.toString("hex") } },
    mac: keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext])).slice(2),
  };
}

// The test vector of the Web3 Secret Storage definition.
const pbkdf2 = {
  ...{ cipher: "aes-128-ctr", ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46" },
  cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
  kdf: "pbkdf2",
  kdfparams: {
    c: 262_144,
    dklen: 32,
    prf: "hmac-sha256",
    salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
  },
  mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
};

it("opens both kinds of keystore", () => {
  expect(openKeystore({ crypto: sealed() }, "testpassword")).toBe(KEY);
  expect(openKeystore({ crypto: pbkdf2 }, "testpassword")).toBe(KEY);
});

it("refuses a wrong password and what it does not know", () => {
  expect(() => openKeystore({ crypto: pbkdf2 }, "wrong")).toThrow(/password/);
  expect(() => openKeystore({ crypto: { ...pbkdf2, cipher: "aes-256-gcm" } }, "testpassword")).toThrow(/aes-256-gcm/);
  expect(() => openKeystore({ crypto: { ...pbkdf2, kdf: "argon2" } }, "testpassword")).toThrow(/argon2/);
});
