import type { StakingClaim, StakingRewards } from "@farlabs/protocol";
import type { Address } from "viem";
import { textArray } from "#platform/pg";
import type { PageQuery } from "../staking.ts";
import type { Context } from "./context.ts";
import { numberBefore } from "./cursor.ts";

const SCHEDULE_MAX = 100;

async function readClaims({ sql }: Context, wallets: readonly string[], { cursor, limit }: PageQuery) {
  const rows = await sql<
    { seq: string; wallet: string; revenue: string; base: string; claimed_at: Date; tx_hash: string }[]
  >`
    select seq::text, wallet, revenue::text, base::text, claimed_at, tx_hash from staking.claims
    where wallet = any(${textArray(wallets)}::text[]) and claims.seq < ${numberBefore(cursor)}
    order by claims.seq desc limit ${limit + 1}`;
  const page = rows.slice(0, limit);
  const data: StakingClaim[] = page.map(({ wallet, revenue, base, claimed_at, tx_hash }) => {
    return { wallet, revenue, base, claimed_at: claimed_at.toISOString(), transaction_hash: tx_hash };
  });
  return { data, next_cursor: rows.length > limit ? (page.at(-1)?.seq ?? null) : null };
}

/** What is not paid back yet, the soonest first; what can be asked back at any time comes first of all. */
async function readSchedule(
  { sql }: Context,
  wallets: readonly string[],
): Promise<StakingRewards["schedule"]["positions"]> {
  const rows = await sql<
    { position_id: string; wallet: string; amount: string; unlock_at: Date | null; status: string }[]
  >`
    select position_id::text, wallet, amount::text, unlock_at, status from staking.staking_records
    where wallet = any(${textArray(wallets)}::text[]) and status <> 'withdrawn'
    order by unlock_at nulls first, staking_records.position_id limit ${SCHEDULE_MAX}`;
  return rows.map(({ unlock_at, status, ...row }) => ({
    ...row,
    available_at: unlock_at?.toISOString() ?? null,
    how: status === "unbonding" ? "unbonding ends" : unlock_at === null ? "any time, after unbonding" : "lock ends",
  }));
}

async function readClaimed({ sql }: Context, wallets: readonly string[]) {
  const rows = await sql<{ wallet: string; revenue: string; base: string }[]>`
    select wallet, sum(revenue)::text as revenue, sum(base)::text as base from staking.claims
    where wallet = any(${textArray(wallets)}::text[]) group by wallet`;
  return new Map(rows.map(({ wallet, revenue, base }) => [wallet, { revenue, base }]));
}

/** What these wallets can claim, read from the chain, and when what comes. @throws ChainError, invalid_request */
export async function readRewards(
  context: Context,
  wallets: readonly string[],
  page: PageQuery,
): Promise<StakingRewards> {
  const { chain } = context;
  const [claims, positions, claimed, totals, states] = await Promise.all([
    readClaims(context, wallets, page),
    readSchedule(context, wallets),
    readClaimed(context, wallets),
    chain.stakingMetrics(),
    Promise.all(wallets.map((wallet) => chain.stakingState({ user: wallet as Address }))),
  ]);
  return {
    wallets: states.map((state, i) => {
      const wallet = wallets[i] ?? "";
      return {
        ...{ wallet, staked: state.stakedWei.toString() },
        claimable: { revenue: state.revenueWei.toString(), base: state.baseWei.toString() },
        claimed: claimed.get(wallet) ?? { revenue: "0", base: "0" },
      };
    }),
    schedule: {
      stream_left: totals.streamLeftWei.toString(),
      stream_ends_at: new Date(Number(totals.streamEndsAtS) * 1_000).toISOString(),
      positions,
    },
    ...claims,
  };
}
