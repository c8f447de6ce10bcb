import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Hex } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { readJsonFile, writePrivateFile } from "./privateFile.ts";

/** What a local network makes up once. The keys of the chain's roles lie with the chain, in `chain/keys.json`. */
export interface Secrets {
  /** Marked `dev-`: a server in production refuses it. */
  jwtSecret: string;
  adminToken: string;
  /** Wallet of the demo account. */
  builderKey: Hex;
  /** Wallet that the demo node earns for. */
  operatorKey: Hex;
}

const write = (stateDir: string, secrets: Secrets): void =>
  writePrivateFile(pathOf(stateDir), `${JSON.stringify(secrets, null, 2)}\n`);
const pathOf = (stateDir: string): string => join(stateDir, "secrets.json");

const newAdminToken = (): string => `far_admin_${randomBytes(32).toString("hex")}`;

/** The secrets of the local network, or null before its first start. */
export function readSecrets(stateDir: string): Secrets | null {
  return readJsonFile(pathOf(stateDir)) as Secrets | null;
}

/** The secrets of the local network, made and written (mode 0600) at the first start. */
export function readOrCreateSecrets(stateDir: string): Secrets {
  const present = readSecrets(stateDir);
  if (present !== null) return present;
  const made: Secrets = {
    jwtSecret: `dev-${randomBytes(32).toString("hex")}`,
    adminToken: newAdminToken(),
    builderKey: generatePrivateKey(),
    operatorKey: generatePrivateKey(),
  };
  write(stateDir, made);
  return made;
}

/** A new admin token in place of the old one, from the next start on; null before the first. */
export function renewAdminToken(stateDir: string): string | null {
  const present = readSecrets(stateDir);
  if (present === null) return null;
  const adminToken = newAdminToken();
  write(stateDir, { ...present, adminToken });
  return adminToken;
}
