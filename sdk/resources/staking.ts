import type { Page, StakingMetrics, StakingRecord, StakingRewards } from "@farlabs/protocol";
import type { RealisedRevenue } from "../projection/index.ts";
import type { CallOptions, Transport } from "../transport/transport.ts";
import type { PageParams } from "./tasks.ts";

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
