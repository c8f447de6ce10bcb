import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";

const statuses = ["none", "earning_in", "registered"] as const;

/** A node as the registry knows it; times in seconds since 1970, 0 for never. */
export type NodeStake = {
  readonly status: (typeof statuses)[number];
  /** Backs the node's work. */
  readonly stakeWei: bigint;
  /** Asked back: backs nothing any more, but can still be slashed. */
  readonly unbondingWei: bigint;
  readonly withdrawableAtS: bigint;
  /** Sum of the open slashes. */
  readonly slashLockedWei: bigint;
  /** Hundredths of a point. */
  readonly rating: number;
  readonly ratedAtS: bigint;
  readonly lastHeartbeatS: bigint;
};

/** Reads what a node has at stake; one that the registry does not know has nothing. @throws ChainError */
export async function nodeState(client: ChainClient, options: { owner: Address; nodeId: string }): Promise<NodeStake> {
  const state = await withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "nodeOf",
      args: [options.owner, nodeKeyOf(options.nodeId)],
    }),
  );
  return {
    status: statuses[state.status] ?? "none",
    ...{ stakeWei: state.stake, unbondingWei: state.unbonding, withdrawableAtS: state.withdrawableAt },
    ...{ slashLockedWei: state.slashLocked, rating: state.rating, ratedAtS: state.ratedAt },
    lastHeartbeatS: state.lastHeartbeat,
  };
}
