import type { Page } from "@farlabs/protocol";
import type { RealisedRevenue } from "../projection/index.ts";
import type { CallOptions, Transport } from "../transport/transport.ts";
import type { PageParams } from "./tasks.ts";

/** One arrival of revenue at the stakers; its transaction can be looked up on chain. */
export interface RevenueEpoch {
  epoch: number;
  /** Wei. */
  amount: string;
  received_at: string;
  transaction_hash: string;
  block: string;
}

/** What stakers really received; null with a reason while there is too little history. Rates are parts per million a year. */
export interface RealisedRate {
  apy_ppm: string | null;
  /** Days of lock → rate of such a stake. */
  by_lock: Record<string, string> | null;
  reason: "too_few_epochs" | "too_short" | "nothing_staked" | null;
  message: string | null;
  /** Wei. */
  revenue: string;
  from: string | null;
  to: string;
  span_s: number;
  mean_staked: string;
  mean_weight: string;
  /** Newest first, at most 30. */
  epochs: RevenueEpoch[];
}

/** The staking contract's figures; amounts in wei. */
export interface StakingMetrics {
  total_staked: string;
  total_weight: string;
  total_unbonding: string;
  stakers: number;
  positions: number;
  stream: { left: string; per_second: string; ends_at: string };
  base: { rate_bps: number; reserve: string };
  realised: RealisedRate;
  block: string;
}

/** One stake; amounts in wei. */
export interface StakingRecord {
  position_id: string;
  wallet: string;
  user_id: string | null;
  amount: string;
  weight: string;
  lock_period_days: number;
  apy_at_stake: string | null;
  status: "active" | "unbonding" | "withdrawn";
  staked_at: string;
  unlock_at: string | null;
  withdrawn_at: string | null;
  rewards_earned: string;
  transaction_hash: string;
}

/** What can be claimed now, when what unlocks, and past claims. */
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
    positions: { position_id: string; wallet: string; amount: string; available_at: string | null; how: string }[];
  };
  data: { wallet: string; revenue: string; base: string; claimed_at: string; transaction_hash: string }[];
  next_cursor: string | null;
}

/** `/api/v1/staking`: metrics are open to everybody, the rest is of this account's wallets. */
export interface Staking {
  metrics(options?: CallOptions): Promise<StakingMetrics>;
  records(page?: PageParams, options?: CallOptions): Promise<Page<StakingRecord>>;
  rewards(page?: PageParams, options?: CallOptions): Promise<StakingRewards>;
}

export function createStaking(transport: Transport): Staking {
  const get = async <T>(what: string, query: PageParams | undefined, options: CallOptions | undefined): Promise<T> =>
    (await transport.json<T>({ ...options, method: "GET", path: `/api/v1/staking/${what}`, query: { ...query } })).body;
  return {
    metrics: (options) => get("metrics", undefined, options),
    records: (page, options) => get("records", page, options),
    rewards: (page, options) => get("rewards", page, options),
  };
}

/** What `projectStaking` calculates with: null while there is too little history for a rate. */
export function realisedOf({ realised }: Pick<StakingMetrics, "realised">): RealisedRevenue | null {
  if (realised.apy_ppm === null) return null;
  const { revenue, mean_weight: meanWeight, span_s: spanS } = realised;
  return { revenueWei: BigInt(revenue), meanWeightWei: BigInt(meanWeight), spanS };
}
