import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Hex } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { readIfPresent, replaceFile } from "./files.ts";
import { outdated } from "./localRecord.ts";

const roles = [
  "deployer",
  "admin",
  "treasury",
  "oracle",
  "signer",
  "pauser",
  "slasher",
  "arbiter",
  "feedOwner",
] as const;

/** One private key per role of a local network. */
export type NetworkKeys = Readonly<Record<(typeof roles)[number], Hex>>;

/** Random keys for every role. The arbiter's is the admin's: appeals are decided by people, not by a server. */
export function generateKeys(): NetworkKeys {
  const keys = Object.fromEntries(roles.map((role) => [role, generatePrivateKey()])) as NetworkKeys;
  return { ...keys, arbiter: keys.admin };
}

/** Reads the keys of a local network, or makes them and writes them down (mode 0600) before anything uses them. @throws ChainError `chain_local_outdated` */
export async function readOrCreateKeys(file: string): Promise<NetworkKeys> {
  const text = await readIfPresent(file);
  if (text !== undefined) {
    const keys = JSON.parse(text.toString("utf8")) as NetworkKeys;
    if (roles.some((role) => keys[role] === undefined)) throw outdated(dirname(file));
    return keys;
  }
  const keys = generateKeys();
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, `${JSON.stringify(keys, undefined, 2)}\n`);
  return keys;
}
