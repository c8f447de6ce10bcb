import { dirname } from "node:path";
import type { BlockRef } from "@farlabs/chain";
import { readSavedBlock } from "@farlabs/chain/local";
import type { Context } from "./context.ts";

/**
 * The newest block that may be believed, or null while there is none. On the local chain that is the newest one on disk, since kill -9
 * loses the others; elsewhere the one with enough blocks on top.
 * @throws ChainError
 */
export async function confirmedHead({ chain, config }: Context): Promise<BlockRef | null> {
  if (config.CHAIN_SAVED_FILE !== undefined) {
    const saved = await readSavedBlock(dirname(config.CHAIN_SAVED_FILE));
    if (saved === undefined) return null;
    const block = await chain.getBlockRef({ number: saved.number });
    // Another block under that number: the chain is being restored, or the note belongs to another chain.
    return block?.hash === saved.hash ? block : null;
  }
  const head = await chain.getBlockRef();
  if (head === undefined) return null;
  const number = head.number - BigInt(config.CHAIN_CONFIRMATIONS - 1);
  return number < 0n ? null : ((await chain.getBlockRef({ number })) ?? null);
}
