import { rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type ChainFiles, readIfPresent } from "./files.ts";

type State = {
  best_block_number: number | string;
  blocks: { header: { number: string } }[];
  transactions: { block_number: number; info: { traces: unknown[] } }[];
};

/**
 * Drops what nobody asks for any more, so that the state does not grow for ever: blocks older than the newest
 * `keepBlocks`, their transactions, and call traces.
 * @param state is changed.
 */
export function trimState(state: State, keepBlocks: number): void {
  const oldest = Number(state.best_block_number) - keepBlocks;
  // Block 0 stays: it names the chain.
  state.blocks = state.blocks.filter(({ header }) => Number(header.number) > oldest || Number(header.number) === 0);
  state.transactions = state.transactions.filter((transaction) => transaction.block_number > oldest);
  for (const { info } of state.transactions) info.traces = [];
}

/**
 * Unpacks and trims the saved state for anvil to load.
 * @returns the file to load, to be removed afterwards; undefined when nothing was saved yet.
 */
export async function prepareState(files: ChainFiles, keepBlocks: number): Promise<string | undefined> {
  await rm(files.load, { force: true });
  const packed = await readIfPresent(files.state);
  if (packed === undefined) return undefined;
  const state = JSON.parse((await promisify(gunzip)(packed)).toString("utf8")) as State;
  trimState(state, keepBlocks);
  await writeFile(files.load, JSON.stringify(state), { mode: 0o600 });
  return files.load;
}
