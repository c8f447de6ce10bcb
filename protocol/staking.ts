/** `/api/v1/staking`. Amounts are wei as decimal strings, rates parts per million a year. */

/** Why no realised rate can be given. */
export type NoRateReason = "too_few_epochs" | "too_short" | "nothing_staked";

/** One arrival of revenue at the stakers; its transaction can be looked up on chain. */
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

/** `GET /api/v1/staking/metrics`: the staking contract's figures. */
export interface StakingMetrics {
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

/** One stake. */
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

/** Rewards that were paid out, with their transaction. */
export interface StakingClaim {
  wallet: string;
  revenue: string;
  base: string;
  claimed_at: string;
  transaction_hash: string;
}

/** `GET /api/v1/staking/rewards`: what can be claimed now, when what unlocks, and past claims. */
export interface StakingRewards {
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
  data: StakingClaim[];
  next_cursor: string | null;
}
