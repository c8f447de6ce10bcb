import type { StakingRecord } from "@farlabs/protocol";
import { textArray } from "#platform/pg";
import type { PageQuery } from "../staking.ts";
import type { Context } from "./context.ts";
import { numberBefore } from "./cursor.ts";

interface Row {
  position_id: string;
  wallet: string;
  user_id: string | null;
  amount: string;
  weight: string;
  lock_period_days: number;
  apy_at_stake: string | null;
  status: StakingRecord["status"];
  staked_at: Date;
  unlock_at: Date | null;
  withdrawn_at: Date | null;
  rewards_earned: string;
  staked_tx_hash: string;
}

const toRecord = ({ staked_tx_hash, ...row }: Row): StakingRecord => ({
  ...row,
  staked_at: row.staked_at.toISOString(),
  unlock_at: row.unlock_at?.toISOString() ?? null,
  withdrawn_at: row.withdrawn_at?.toISOString() ?? null,
  transaction_hash: staked_tx_hash,
});

/** Stakes of these wallets, newest first. @throws invalid_request */
export async function readRecords(
  { sql }: Context,
  wallets: readonly string[],
  { cursor, limit }: PageQuery,
): Promise<{ data: StakingRecord[]; nextCursor: string | null }> {
  const rows = await sql<Row[]>`
    select position_id::text, wallet, user_id, amount::text, weight::text, lock_period_days, apy_at_stake::text, status, staked_at, unlock_at,
      withdrawn_at, rewards_earned::text, staked_tx_hash
    from staking.staking_records
    where wallet = any(${textArray(wallets)}::text[]) and staking_records.position_id < ${numberBefore(cursor)}::numeric
    order by staking_records.position_id desc limit ${limit + 1}`;
  const page = rows.slice(0, limit);
  return { data: page.map(toRecord), nextCursor: rows.length > limit ? (page.at(-1)?.position_id ?? null) : null };
}
