import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";

/** From this stake on a node is registered, in wei of FAR. @throws ChainError */
export function minStake(client: ChainClient): Promise<bigint> {
  return withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "minStake",
    }),
  );
}
