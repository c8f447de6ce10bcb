import { type Hex, TransactionReceiptNotFoundError } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";

/** How a mined transaction ended. */
export type Receipt = {
  readonly hash: Hex;
  readonly status: "success" | "reverted";
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly gasUsed: bigint;
};

/** A transaction's receipt, or undefined while it is not mined. @throws ChainError */
export function getReceipt(client: ChainClient, options: { hash: Hex }): Promise<Receipt | undefined> {
  return withChainErrors(async () => {
    try {
      const { status, blockNumber, blockHash, gasUsed } = await client.reader.getTransactionReceipt({
        hash: options.hash,
      });
      return { hash: options.hash, status, blockNumber, blockHash, gasUsed };
    } catch (error) {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    }
  });
}
