import { type Address, encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Rates a node from the oracle's account, once a period.
 * @param options.rating Hundredths of a point, 0 to 10 000.
 * @throws ChainError `RatingTooSoon`, `RatingOutOfRange`, `NodeUnknown`
 */
export function updateNodeRating(
  client: ChainClient,
  options: { owner: Address; nodeId: string; rating: number },
): Promise<Mined> {
  const data = encodeFunctionData({
    abi,
    functionName: "updateNodeRating",
    args: [options.owner, nodeKeyOf(options.nodeId), options.rating],
  });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
