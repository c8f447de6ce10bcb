import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Hex } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { readIfPresent, replaceFile } from "./files.ts";

const roles = ["deployer", "admin", "treasury", "oracle", "signer", "pauser", "feedOwner"] as const;

/** One private key per role of a local network. */
export type NetworkKeys = Readonly<Record<(typeof roles)[number], Hex>>;

/** Random keys for every role. */
export function generateKeys(): NetworkKeys {
  return Object.fromEntries(roles.map((role) => [role, generatePrivateKey()])) as NetworkKeys;
}

/** Reads the keys of a local network, or makes them and writes them down (mode 0600) before anything uses them. */
export async function readOrCreateKeys(file: string): Promise<NetworkKeys> {
  const text = await readIfPresent(file);
  if (text !== undefined) return JSON.parse(text.toString("utf8")) as NetworkKeys;
  const keys = generateKeys();
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, `${JSON.stringify(keys, undefined, 2)}\n`);
  return keys;
}
