import type { NoRateReason, RealisedRate, StakingMetrics } from "@farlabs/protocol";
import { realisedRate } from "../model/realised.ts";
import type { Context } from "./context.ts";
import { readSpan } from "./readSpan.ts";

const SENTENCES: Readonly<Record<NoRateReason, string>> = {
  too_few_epochs: "Revenue has not arrived twice yet; a rate needs a beginning and an end.",
  too_short: "The history is too short to be extrapolated to a year.",
  nothing_staked: "Nothing was staked while the revenue came.",
};

const iso = (s: bigint): string => new Date(Number(s) * 1_000).toISOString();

async function readRealised({ sql, clock, config }: Context): Promise<RealisedRate> {
  // Whole seconds, as the chain counts them.
  const now = new Date(Math.floor(clock.now() / 1_000) * 1_000);
  const { span, from, to, epochs } = await readSpan(sql, now);
  const { apyPpm, byLockPpm, reason } = realisedRate(span, config.STAKING_APY_SPAN_S_MIN);
  const mean = (sum: bigint): string => (span.spanS === 0 ? "0" : (sum / BigInt(span.spanS)).toString());
  return {
    apy_ppm: apyPpm?.toString() ?? null,
    by_lock:
      byLockPpm === null
        ? null
        : Object.fromEntries(Object.entries(byLockPpm).map(([days, ppm]) => [days, String(ppm)])),
    reason,
    message: reason === null ? null : SENTENCES[reason],
    revenue: span.revenueWei.toString(),
    from: from?.toISOString() ?? null,
    to: to.toISOString(),
    span_s: span.spanS,
    mean_staked: mean(span.stakeSeconds),
    mean_weight: mean(span.weightSeconds),
    epochs,
  };
}

/** @throws ChainError */
export async function readMetrics(context: Context): Promise<StakingMetrics> {
  const { sql, chain } = context;
  const [onChain, realised, [count]] = await Promise.all([
    chain.stakingMetrics(),
    readRealised(context),
    sql<{ stakers: number; positions: number }[]>`
      select count(distinct wallet)::int as stakers, count(*)::int as positions from staking.weight_spans where until_at is null`,
  ]);
  return {
    total_staked: onChain.totalStakedWei.toString(),
    total_weight: onChain.totalWeightWei.toString(),
    total_unbonding: onChain.totalUnbondingWei.toString(),
    stakers: count?.stakers ?? 0,
    positions: count?.positions ?? 0,
    stream: {
      left: onChain.streamLeftWei.toString(),
      per_second: onChain.streamWeiPerS.toString(),
      ends_at: iso(onChain.streamEndsAtS),
    },
    base: { rate_bps: onChain.rewardRateBps, reserve: onChain.reserveWei.toString() },
    realised,
    block: onChain.blockNumber.toString(),
  };
}
