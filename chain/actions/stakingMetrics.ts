import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";

/** The staking contract's totals, as of one block. */
export type StakingMetrics = {
  readonly blockNumber: bigint;
  readonly totalStakedWei: bigint;
  /** Sum of the weights of all that is staked; amounts without a lock weigh what they are. */
  readonly totalWeightWei: bigint;
  readonly totalUnbondingWei: bigint;
  /** Base reward a year, paid from the reserve alone. */
  readonly rewardRateBps: number;
  readonly reserveWei: bigint;
  /** Revenue reaching the stakers now; 0 while nothing is staked. */
  readonly streamWeiPerS: bigint;
  /** Revenue that has arrived and not yet streamed out. */
  readonly streamLeftWei: bigint;
  /** Seconds since 1970; while nothing is staked it moves with the clock. */
  readonly streamEndsAtS: bigint;
};

/** Reads the staking contract's totals. @throws ChainError */
export function stakingMetrics(client: ChainClient, options: { blockNumber?: bigint } = {}): Promise<StakingMetrics> {
  return withChainErrors(async () => {
    const blockNumber = options.blockNumber ?? (await client.reader.getBlockNumber());
    const at = { address: client.contracts.staking, abi: stakingAbi, blockNumber } as const;
    const read = client.reader;
    const [totalStakedWei, totalWeightWei, totalUnbondingWei, rewardRateBps] = await Promise.all([
      read.readContract({ ...at, functionName: "totalStaked" }),
      read.readContract({ ...at, functionName: "totalWeight" }),
      read.readContract({ ...at, functionName: "totalUnbonding" }),
      read.readContract({ ...at, functionName: "rewardRate" }),
    ]);
    const [reserveWei, streamWeiPerS, streamLeftWei, streamEndsAtS] = await Promise.all([
      read.readContract({ ...at, functionName: "reserve" }),
      read.readContract({ ...at, functionName: "streamRate" }),
      read.readContract({ ...at, functionName: "streamLeft" }),
      read.readContract({ ...at, functionName: "streamEndsAt" }),
    ]);
    const staked = { totalStakedWei, totalWeightWei, totalUnbondingWei };
    return { blockNumber, ...staked, rewardRateBps, reserveWei, streamWeiPerS, streamLeftWei, streamEndsAtS };
  });
}
