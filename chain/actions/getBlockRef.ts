import type { Hex } from "viem";
import { BlockNotFoundError } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";

/** Enough of a block to notice that the chain was reorganised. */
export type BlockRef = {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly timestampS: bigint;
};

/**
 * A block's identity; the newest without `number`.
 * @returns undefined when the chain has no block of that number.
 * @throws ChainError
 */
export function getBlockRef(client: ChainClient, options: { number?: bigint } = {}): Promise<BlockRef | undefined> {
  const at = options.number === undefined ? {} : { blockNumber: options.number };
  return withChainErrors(async () => {
    try {
      const { number, hash, parentHash, timestamp } = await client.reader.getBlock(at);
      return { number, hash, parentHash, timestampS: timestamp };
    } catch (error) {
      if (error instanceof BlockNotFoundError) return undefined;
      throw error;
    }
  });
}
