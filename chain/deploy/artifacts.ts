import { readFile } from "node:fs/promises";
import type { Hex } from "viem";
import { ChainError } from "../errors.ts";

const files = {
  farToken: "FARToken",
  timelock: "TimelockController",
  settableFeed: "SettableFeed",
  inferencePayment: "InferencePayment",
  nodeRegistry: "NodeRegistry",
  staking: "Staking",
} as const;

/** Creation bytecode of what is deployed. */
export type Artifacts = Readonly<Record<keyof typeof files, Hex>>;

const deployableDirectory = new URL("../../contracts/out/deployable/", import.meta.url);

async function readBytecode(name: string): Promise<Hex> {
  const text = await readFile(new URL(`${name}.json`, deployableDirectory), "utf8").catch((cause: unknown) => {
    throw new ChainError("chain_local_failed", "The contracts are not compiled: run contracts/build.ts.", { cause });
  });
  return (JSON.parse(text) as { bytecode: Hex }).bytecode;
}

/** Reads the bytecode that `contracts/build.ts` left. @throws ChainError `chain_local_failed` when it has not run */
export async function readArtifacts(): Promise<Artifacts> {
  const read = Object.entries(files).map(async ([key, file]) => [key, await readBytecode(file)] as const);
  return Object.fromEntries(await Promise.all(read)) as Artifacts;
}
