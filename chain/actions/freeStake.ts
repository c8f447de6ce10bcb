import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";

/** What backs a node's work, in wei of FAR: its stake, less what open slashes lock; what unbonds does not count. @throws ChainError */
export function freeStake(client: ChainClient, options: { owner: Address; nodeId: string }): Promise<bigint> {
  return withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "freeStake",
      args: [options.owner, nodeKeyOf(options.nodeId)],
    }),
  );
}
