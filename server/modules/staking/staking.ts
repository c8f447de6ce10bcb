/**
 * Staking as the chain has it: a mirror of the contract's events that can be searched, what is claimable read from the chain itself, and the
 * job that fetches the stakers' pool and ends locks that are over. Nothing here decides money; the contract does.
 */
import type { StakingEvent } from "@farlabs/chain";
import type { RouteArea } from "#platform/http";
import type { Tx } from "#platform/pg";

/** Days a stake may be locked for, and what it then counts for in basis points; the contract's. */
export const LOCK_WEIGHT_BPS = { 0: 10_000n, 30: 11_000n, 90: 12_500n, 180: 15_000n, 365: 20_000n } as const;

/** Why no realised rate can be given. */
export type NoRateReason = "too_few_epochs" | "too_short" | "nothing_staked";

/** One arrival of revenue. Amounts are wei as decimal strings, rates parts per million a year. */
export interface RevenueEpoch {
  epoch: number;
  amount: string;
  received_at: string;
  transaction_hash: string;
  block: string;
}

/** What stakers really received over the last arrivals: Σ their amounts against what was staked in the span, extrapolated to a year. */
export interface RealisedRate {
  /** Of all that was staked; null with a reason while there is too little history. */
  apy_ppm: string | null;
  /** Of a stake with that many days of lock. */
  by_lock: Record<string, string> | null;
  reason: NoRateReason | null;
  /** The reason in a sentence. */
  message: string | null;
  /** Sum of `epochs`. */
  revenue: string;
  from: string | null;
  to: string;
  span_s: number;
  /** Means over the span. */
  mean_staked: string;
  mean_weight: string;
  /** Newest first; the arrival that opens the span is not among them. */
  epochs: RevenueEpoch[];
}

export interface Metrics {
  total_staked: string;
  total_weight: string;
  total_unbonding: string;
  stakers: number;
  positions: number;
  /** Revenue that has arrived and still flows to the stakers. */
  stream: { left: string; per_second: string; ends_at: string };
  /** Paid from the reserve alone, and only as long as it lasts. */
  base: { rate_bps: number; reserve: string };
  realised: RealisedRate;
  block: string;
}

export interface StakingRecord {
  position_id: string;
  wallet: string;
  user_id: string | null;
  amount: string;
  weight: string;
  lock_period_days: number;
  /** The realised rate of this lock when it was staked, parts per million; null while there was too little history. */
  apy_at_stake: string | null;
  status: "active" | "unbonding" | "withdrawn";
  staked_at: string;
  /** From when on it is paid back; null without a lock until it is asked back. */
  unlock_at: string | null;
  withdrawn_at: string | null;
  /** Its part of what the wallet claimed, by weight and time. */
  rewards_earned: string;
  transaction_hash: string;
}

export interface Claim {
  wallet: string;
  revenue: string;
  base: string;
  claimed_at: string;
  transaction_hash: string;
}

export interface Rewards {
  wallets: {
    wallet: string;
    staked: string;
    claimable: { revenue: string; base: string };
    claimed: { revenue: string; base: string };
  }[];
  schedule: {
    stream_left: string;
    stream_ends_at: string;
    /** What can be taken back when; the soonest hundred. */
    positions: { position_id: string; wallet: string; amount: string; available_at: string | null; how: string }[];
  };
  /** Claims, newest first. */
  data: Claim[];
  next_cursor: string | null;
}

export interface PageQuery {
  cursor?: string;
  limit: number;
}

export interface Staking {
  /** Mirrors one confirmed event, in the listener's transaction. Safe to repeat. @throws ChainError when the block's time cannot be read */
  apply(tx: Tx, event: StakingEvent): Promise<void>;
  /** Shared by callers for a second. @throws staking_unavailable */
  metrics(): Promise<Metrics>;
  /** Stakes of these wallets, newest first. @throws invalid_request for a foreign cursor */
  records(wallets: readonly string[], page: PageQuery): Promise<{ data: StakingRecord[]; nextCursor: string | null }>;
  /** @throws staking_unavailable; invalid_request for a foreign cursor */
  rewards(wallets: readonly string[], page: PageQuery): Promise<Rewards>;
  /**
   * Fetches the stakers' pool from the escrow if it is worth its gas; one process at a time, and a second call finds nothing left.
   * @returns whether a transaction was sent and mined
   * @throws ChainError
   */
  pullRevenue(): Promise<boolean>;
  /**
   * Takes the extra weight from locks that are over, the heaviest first: a few a round, `STAKING_EXPIRE_DAILY_MAX` a day. One process at a time.
   * @returns how many
   * @throws ChainError
   */
  expireLocks(): Promise<number>;
  /** {@link pullRevenue}, then {@link expireLocks}, from the same account: one after the other. @throws ChainError */
  upkeep(): Promise<void>;
  /** `/api/v1/staking`. */
  area: RouteArea;
}
