import { z } from "zod";

export const stakingConfig = z.object({
  /** Seconds between two fetches of the stakers' pool; 60 on the local network. */
  STAKING_PULL_INTERVAL_S: z.coerce.number().int().min(1).max(604_800).default(3_600),
  /** What waits in the pool must be worth this many times the gas of fetching it; 0 fetches anything. */
  STAKING_PULL_GAS_TIMES: z.coerce.number().int().min(0).max(1_000_000).default(20),
  /** Price of the chain's own coin in micro-dollars, to weigh gas against FAR; roughly is enough. */
  STAKING_COIN_MICRO_USD: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(600_000_000),
  /** Locks whose extra weight is taken once they are over, at most so many a day: each is a transaction. */
  STAKING_EXPIRE_DAILY_MAX: z.coerce.number().int().min(0).max(10_000).default(200),
  /** Seconds of history below which no realised rate is given; an hour on the local network. */
  STAKING_APY_SPAN_S_MIN: z.coerce.number().int().min(1).max(31_536_000).default(604_800),
});
export type StakingConfig = z.infer<typeof stakingConfig>;
