import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address, Hex } from "viem";
import type { ContractAddresses } from "../client.ts";
import type { DeployRecord, RecordStore } from "./deploy.ts";
import type { NetworkParams, NetworkRoles } from "./params.ts";
import type { Plan } from "./plan.ts";

/** `contracts/deployments/<chainId>.json`: where a network's contracts lie and what they were made with. */
export type DeploymentFile = {
  readonly chainId: number;
  readonly contracts: Required<ContractAddresses>;
  /** Decimal. First block that can hold an event of theirs: the server's CHAIN_START_BLOCK. */
  readonly firstBlock: string;
  /** False while a deployment is under way, or was cut off: the same command goes on with it. */
  readonly isComplete: boolean;
  readonly deployer: Address;
  /** Names code and constructor arguments. */
  readonly fingerprint: Hex;
  /** Who held what in the beginning. */
  readonly roles: NetworkRoles;
  /** Seconds, basis points, wei. */
  readonly policy: Readonly<Record<string, number | string>>;
};

export type DeploymentStore = RecordStore & {
  readonly path: string;
  /** Says that everything is there. */
  complete(): Promise<void>;
};

function render(file: DeploymentFile): string {
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function describe(chainId: number, params: NetworkParams, plan: Plan): Omit<DeploymentFile, "firstBlock"> {
  const { admin, treasury, oracle, signer, pauser, slasher, arbiter, priceFeed: _, ...policy } = params;
  const { minStakeWei, ...numbers } = policy;
  return {
    ...{ chainId, contracts: plan.contracts, isComplete: false, deployer: plan.deployer },
    ...{ fingerprint: plan.fingerprint, roles: { admin, treasury, oracle, signer, pauser, slasher, arbiter } },
    policy: { ...numbers, minStakeWei: minStakeWei.toString() },
  };
}

/** Keeps a deployment's record in `<directory>/<chainId>.json`, replaced whole or not at all. */
export function deploymentStore(at: { directory: string; chainId: number; params: NetworkParams }): DeploymentStore {
  const { directory, chainId, params } = at;
  const path = join(directory, `${chainId}.json`);

  async function readWhole(): Promise<DeploymentFile | undefined> {
    try {
      return JSON.parse(await readFile(path, "utf8")) as DeploymentFile;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async function replace(file: DeploymentFile): Promise<void> {
    await mkdir(directory, { recursive: true });
    await writeFile(`${path}.tmp`, render(file));
    await rename(`${path}.tmp`, path);
  }

  return {
    path,
    async read(): Promise<DeployRecord | undefined> {
      const file = await readWhole();
      return file && { fingerprint: file.fingerprint, firstBlock: BigInt(file.firstBlock) };
    },
    async write({ firstBlock }, plan) {
      await replace({ ...describe(chainId, params, plan), firstBlock: firstBlock.toString() });
    },
    async complete() {
      const file = await readWhole();
      if (file !== undefined) await replace({ ...file, isComplete: true });
    },
  };
}
