import type { Hex } from "viem";
import type { RecordStore } from "../deploy/index.ts";
import { ChainError, isChainError } from "../errors.ts";
import { type ChainFiles, readIfPresent, replaceFile } from "./files.ts";

/** What was deployed on a local chain, beside its state. */
export function localRecord(files: ChainFiles): RecordStore {
  return {
    async read() {
      const text = await readIfPresent(files.contracts);
      if (text === undefined) return undefined;
      const { fingerprint, firstBlock } = JSON.parse(text.toString("utf8")) as { fingerprint: Hex; firstBlock: string };
      return { fingerprint, firstBlock: BigInt(firstBlock) };
    },
    write: ({ fingerprint, firstBlock }) =>
      replaceFile(files.contracts, `${JSON.stringify({ fingerprint, firstBlock: firstBlock.toString() })}\n`),
  };
}

/** The error of a chain that another version left. */
export function outdated(directory: string, cause?: unknown): ChainError {
  const message = `The local chain in ${directory} holds contracts of another version. Its FAR is play money: delete the folder, and the ledger that goes with it, to begin anew.`;
  return new ChainError("chain_local_outdated", message, { cause });
}

/** Says of a local chain what a conflict means there: nobody but us ever used its deployer. */
export const asOutdated =
  (directory: string) =>
  (error: unknown): never => {
    if (isChainError(error) && error.code === "chain_deploy_conflict") throw outdated(directory, error);
    throw error;
  };
