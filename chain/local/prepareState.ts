import { rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ChainError } from "../errors.ts";
import { type ChainFiles, readIfPresent } from "./files.ts";

type Block = { header: { number: string; timestamp: string } };

type State = {
  best_block_number: number | string;
  blocks: Block[];
  transactions: { block_number: number; info: { traces: unknown[] } }[];
};

/** anvil makes a block 0 at every start and keeps those it loads beside it; the oldest is the chain's. */
function byTime(a: Block, b: Block): number {
  return Number(a.header.timestamp) - Number(b.header.timestamp);
}

/**
 * Drops what nobody asks for any more, so that the state does not grow for ever: blocks older than the newest
 * `keepBlocks`, their transactions, and call traces.
 * @param state is changed.
 */
function trimState(state: State, keepBlocks: number): void {
  const oldest = Number(state.best_block_number) - keepBlocks;
  const geneses = state.blocks.filter(({ header }) => Number(header.number) === 0);
  const blocks = state.blocks.filter(({ header }) => Number(header.number) > Math.max(oldest, 0));
  state.blocks = [...geneses.sort(byTime).slice(0, 1), ...blocks];
  state.transactions = state.transactions.filter((transaction) => transaction.block_number > oldest);
  for (const { info } of state.transactions) info.traces = [];
}

async function unpack(packed: Buffer, file: string): Promise<State> {
  try {
    return JSON.parse((await promisify(gunzip)(packed)).toString("utf8")) as State;
  } catch (cause) {
    throw new ChainError("chain_local_failed", `The saved chain in ${file} cannot be read.`, { cause });
  }
}

/**
 * Unpacks and trims the saved state for anvil to load.
 * @returns the file to load, to be removed afterwards; undefined when nothing was saved yet.
 * @throws ChainError `chain_local_failed` when the saved state is damaged; it is left as it is.
 */
export async function prepareState(files: ChainFiles, keepBlocks: number): Promise<string | undefined> {
  await rm(files.load, { force: true });
  const packed = await readIfPresent(files.state);
  if (packed === undefined) return undefined;
  const state = await unpack(packed, files.state);
  trimState(state, keepBlocks);
  await writeFile(files.load, JSON.stringify(state), { mode: 0o600 });
  return files.load;
}
