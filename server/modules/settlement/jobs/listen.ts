import type { BlockRef } from "@farlabs/chain";
import { retireTasks } from "../effects/tasks.ts";
import { applyOrHalt } from "../operations/applyOrHalt.ts";
import { confirmedHead } from "../operations/confirmedHead.ts";
import type { Context } from "../operations/context.ts";
import { type Cursor, moveCursor, readCursor } from "../operations/cursor.ts";
import { recordFinding } from "../operations/findings.ts";
import { collectReceivables, lapseExits, sweepTasks } from "../operations/wallets.ts";
import { expireVouchers } from "../vouchers/returnVouchers.ts";

/** Blocks of one step; public RPCs refuse more. */
const BLOCKS_MAX = 2_000n;

/** @returns false when the block the cursor stands on is no longer the chain's */
async function stillThere(context: Context, cursor: Cursor, head: BlockRef): Promise<boolean> {
  const block =
    cursor.blockNumber === head.number ? head : await context.chain.getBlockRef({ number: cursor.blockNumber });
  // Not to be had at all: the node lags or trims; only another block in its place is a reorganisation.
  if (block === undefined || block.hash === cursor.blockHash) return true;
  const detail = `block ${cursor.blockNumber} was ${cursor.blockHash} when it was confirmed and is now ${block.hash}`;
  await recordFinding(context.sql, {
    key: `reorg:${cursor.blockHash}`,
    code: "reorg_below_confirmations",
    detail,
    severity: "halt",
  });
  return false;
}

async function step(context: Context, from: bigint, to: BlockRef): Promise<boolean> {
  const { chain } = context;
  const events = await chain.readEvents({ fromBlock: from, toBlock: to.number });
  // Read on two sides of a reorganisation, logs and head would not belong together.
  const again = await chain.getBlockRef({ number: to.number });
  if (again?.hash !== to.hash) return false;
  for (const event of events) await applyOrHalt(context, event);
  await context.crashPoint("listener.events");
  await moveCursor(context, to);
  return true;
}

/**
 * Reads confirmed blocks up to now and applies their events, in order, each once. Safe to stop anywhere and beside another listener.
 * @throws ChainError when the chain does not answer
 */
export async function listen(context: Context): Promise<void> {
  for (;;) {
    const head = await confirmedHead(context);
    if (head === null) return;
    const cursor = await readCursor(context.sql);
    if (cursor !== null && head.number >= cursor.blockNumber && !(await stillThere(context, cursor, head))) return;
    const from = cursor === null ? BigInt(context.config.CHAIN_START_BLOCK) : cursor.blockNumber + 1n;
    if (head.number < from) break;
    const last = from + BLOCKS_MAX - 1n;
    const to = last >= head.number ? head : await context.chain.getBlockRef({ number: last });
    if (to === undefined || !(await step(context, from, to))) return;
  }
  await lapseExits(context);
  await expireVouchers(context);
  await retireTasks(context);
  await sweepTasks(context);
  await collectReceivables(context);
}
