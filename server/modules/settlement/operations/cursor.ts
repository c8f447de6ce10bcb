import type { BlockRef } from "@farlabs/chain";
import type { Sql } from "#platform/pg";
import type { Context } from "./context.ts";

/** Up to where the chain was read and applied. */
export interface Cursor {
  blockNumber: bigint;
  blockHash: string;
}

/** The cursor, or null before the first block was read. */
export async function readCursor(sql: Sql): Promise<Cursor | null> {
  const [row] = await sql<{ block_number: string; block_hash: string }[]>`
    SELECT block_number, block_hash FROM settlement.chain_cursor`;
  return row === undefined ? null : { blockNumber: BigInt(row.block_number), blockHash: row.block_hash };
}

/** Moves the cursor; only forward, so a second listener that comes late changes nothing. */
export async function moveCursor({ sql, chain }: Context, to: BlockRef): Promise<void> {
  const at = new Date(Number(to.timestampS) * 1000);
  await sql`
    INSERT INTO settlement.chain_cursor (chain_id, contract, block_number, block_hash, block_at)
    VALUES (${chain.chainId}, ${chain.contracts.inferencePayment.toLowerCase()}, ${String(to.number)}, ${to.hash}, ${at})
    ON CONFLICT (one) DO UPDATE SET block_number = excluded.block_number, block_hash = excluded.block_hash,
      block_at = excluded.block_at
    WHERE settlement.chain_cursor.block_number < excluded.block_number`;
}
