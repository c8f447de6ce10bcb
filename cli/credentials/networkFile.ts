import { join } from "node:path";
import type { ContractAddresses } from "@farlabs/chain";
import { readJsonFile } from "./privateFile.ts";

/** `.far/network.json`, written by `far up` when the network is ready. */
export interface NetworkFile {
  api: string;
  /** Null where the web does not run. */
  web: string | null;
  realtime: string;
  rpc: string;
  chainId: number;
  contracts: ContractAddresses;
  apiKey: string;
  /** Id of the demo account, its wallet, and the wallet that the demo node earns for. */
  account: string;
  wallet: string;
  operator: string;
  nodeToken: string;
  adminToken: string;
  /** Of `far up`. */
  pid: number;
}

export const networkFilePath = (stateDir: string): string => join(stateDir, "network.json");

/** The network of this clone as it last was ready, or null. It may have stopped since. */
export function readNetworkFile(stateDir: string): NetworkFile | null {
  const file = readJsonFile(networkFilePath(stateDir));
  // Written by us, whole or not at all: one field shows that it is what it should be.
  return file === null || typeof file.api !== "string" ? null : (file as unknown as NetworkFile);
}
