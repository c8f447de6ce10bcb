import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";

/** One stake; times in seconds since 1970. */
export type StakePosition = {
  readonly id: bigint;
  readonly amountWei: bigint;
  /** What it counts for when revenue is shared; 0 while it unbonds. */
  readonly weightWei: bigint;
  readonly lockDays: number;
  readonly stakedAtS: bigint;
  /** From when on it is paid back; without a lock, 0 until it is asked back. */
  readonly unlockAtS: bigint;
  readonly isUnbonding: boolean;
};

/** What a user has in the staking contract, as of one block. */
export type StakingState = {
  readonly blockNumber: bigint;
  /** Earns; without what unbonds. */
  readonly stakedWei: bigint;
  /** Claimable now: share of the revenue, and base reward out of the reserve. */
  readonly revenueWei: bigint;
  readonly baseWei: bigint;
  readonly positions: readonly StakePosition[];
};

/** Reads a user's stakes and what they have earned. @throws ChainError */
export function stakingState(
  client: ChainClient,
  options: { user: Address; blockNumber?: bigint },
): Promise<StakingState> {
  return withChainErrors(async () => {
    const blockNumber = options.blockNumber ?? (await client.reader.getBlockNumber());
    const at = { address: client.contracts.staking, abi: stakingAbi, blockNumber, args: [options.user] } as const;
    const [stakedWei, [revenueWei, baseWei], positions] = await Promise.all([
      client.reader.readContract({ ...at, functionName: "stakingBalance" }),
      client.reader.readContract({ ...at, functionName: "calculateRewards" }),
      client.reader.readContract({ ...at, functionName: "positionsOf" }),
    ]);
    return {
      ...{ blockNumber, stakedWei, revenueWei, baseWei },
      positions: positions.map((position) => ({
        ...{ id: position.id, amountWei: position.amount, weightWei: position.weight, lockDays: position.lockDays },
        ...{ stakedAtS: position.stakedAt, unlockAtS: position.unlockAt, isUnbonding: position.unbonding },
      })),
    };
  });
}
