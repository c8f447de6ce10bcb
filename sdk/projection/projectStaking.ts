import { checkAmount, checkPeriod, DEFAULT_AMOUNT_WEI } from "./bounds.ts";
import { ProjectionError } from "./errors.ts";

/** Days of lock → what a stake counts for, in basis points, as the staking contract has it. */
export const LOCK_WEIGHT_BPS: Readonly<Record<number, bigint>> = {
  0: 10_000n,
  30: 11_000n,
  90: 12_500n,
  180: 15_000n,
  365: 20_000n,
};
const DAYS_MAX = 1_095;
const DAY_S = 86_400n;
const YEAR_S = 365n * DAY_S;
const BPS = 10_000n;
const PPM = 1_000_000n;

/** What stakers really received, as `GET /api/v1/staking/metrics` gives it. */
export interface RealisedRevenue {
  /** Revenue that arrived in the span, wei. */
  readonly revenueWei: bigint;
  readonly spanS: number;
  /** Mean over the span of all stakes, each times its lock's weight, wei. */
  readonly meanWeightWei: bigint;
}

export interface StakingInput {
  /** Null while there is too little history: then nothing is calculated. */
  realised: RealisedRevenue | null;
  /** Wei of FAR. Default 10 000 FAR. */
  amountWei?: bigint;
  /** 0, 30, 90, 180 or 365. Default 0. */
  lockDays?: number;
  /** How long, 1 to 1 095. Default 365. */
  days?: number;
}

export interface StakingProjection {
  /** Always true: what was is not what will be. */
  readonly simulation: true;
  readonly assumptions: {
    readonly amountWei: bigint;
    readonly lockDays: number;
    readonly days: number;
    readonly weightBps: bigint;
    readonly sentences: readonly string[];
  };
  /** Wei of FAR, rounded down; null without history. */
  readonly rewardWei: bigint | null;
  /** The reward as a yearly rate of the amount, parts per million; null without history. */
  readonly apyPpm: bigint | null;
}

function checkHistory({ revenueWei, spanS, meanWeightWei }: RealisedRevenue): void {
  if (revenueWei >= 0n && meanWeightWei >= 0n && Number.isSafeInteger(spanS) && spanS > 0) return;
  throw new ProjectionError(
    "history_invalid",
    "Realised revenue must not be negative and must span at least a second.",
  );
}

/**
 * What a stake would have received of the revenue that really came, had it been there beside the others: revenue · w / (mean weight + w),
 * over its days. No growth, no base reward, nothing assumed but that the past repeats.
 * @throws ProjectionError `amount_out_of_bounds`, `period_out_of_bounds`, `unknown_lock`, `history_invalid`
 */
export function projectStaking(input: StakingInput): StakingProjection {
  const { realised, amountWei = DEFAULT_AMOUNT_WEI, lockDays = 0, days = 365 } = input;
  checkAmount(amountWei);
  checkPeriod(days, { max: DAYS_MAX, unit: "days" });
  const weightBps = Object.hasOwn(LOCK_WEIGHT_BPS, lockDays) ? LOCK_WEIGHT_BPS[lockDays] : undefined;
  if (weightBps === undefined) {
    throw new ProjectionError("unknown_lock", `A lock is ${Object.keys(LOCK_WEIGHT_BPS).join(", ")} days.`);
  }
  const sentences = [
    "This is a simulation. It repeats what stakers received in the past; revenue may rise, fall or end.",
    "Others keep their stakes, and this one is added to them.",
    "The lock's weight counts for the whole time; the base reward is left out, since it ends with its reserve.",
  ];
  const assumptions = { amountWei, lockDays, days, weightBps, sentences };
  if (realised === null) return { simulation: true, assumptions, rewardWei: null, apyPpm: null };
  checkHistory(realised);
  // In basis points of a wei, so that the weight is exact.
  const weight = amountWei * weightBps;
  const all = realised.meanWeightWei * BPS + weight;
  const perSpan = realised.revenueWei * weight;
  const spanS = BigInt(realised.spanS);
  return {
    ...{ simulation: true, assumptions },
    rewardWei: (perSpan * BigInt(days) * DAY_S) / (all * spanS),
    apyPpm: (perSpan * YEAR_S * PPM) / (all * spanS * amountWei),
  };
}
