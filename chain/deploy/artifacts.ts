import { readFile } from "node:fs/promises";
import type { Hex } from "viem";
import { ChainError } from "../errors.ts";

/** Creation bytecode of what is deployed. */
export type Artifacts = { readonly farToken: Hex; readonly inferencePayment: Hex; readonly settableFeed: Hex };

const deployableDirectory = new URL("../../contracts/out/deployable/", import.meta.url);

async function readBytecode(name: string): Promise<Hex> {
  const text = await readFile(new URL(`${name}.json`, deployableDirectory), "utf8").catch((cause: unknown) => {
    throw new ChainError("chain_local_failed", "The contracts are not compiled: run contracts/build.ts.", { cause });
  });
  return (JSON.parse(text) as { bytecode: Hex }).bytecode;
}

/** Reads the bytecode that `contracts/build.ts` left. @throws ChainError `chain_local_failed` when it has not run */
export async function readArtifacts(): Promise<Artifacts> {
  const [farToken, inferencePayment, settableFeed] = await Promise.all(
    (["FARToken", "InferencePayment", "SettableFeed"] as const).map(readBytecode),
  );
  if (!farToken || !inferencePayment || !settableFeed) throw new Error("three names give three artifacts");
  return { farToken, inferencePayment, settableFeed };
}
