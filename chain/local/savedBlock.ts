import type { Hex } from "viem";
import { chainFiles, readIfPresent, replaceFile } from "./files.ts";

/** The newest block that is on disk; on the local chain, a block counts as confirmed from then on. */
export type SavedBlock = { readonly number: bigint; readonly hash: Hex };

/**
 * Reads which block of a local chain is saved, from any process.
 * @returns undefined before the first save.
 */
export async function readSavedBlock(directory: string): Promise<SavedBlock | undefined> {
  const text = await readIfPresent(chainFiles(directory).saved);
  if (text === undefined) return undefined;
  const { block, hash } = JSON.parse(text.toString("utf8")) as { block: string; hash: Hex };
  return { number: BigInt(block), hash };
}

/** Writes it down. Call only after the state that holds the block is safely on disk. */
export async function writeSavedBlock(directory: string, saved: SavedBlock): Promise<void> {
  const text = JSON.stringify({ block: saved.number.toString(), hash: saved.hash });
  await replaceFile(chainFiles(directory).saved, `${text}\n`);
}
