import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { approveSpending } from "./allowSpending.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Adds to the stake of the caller's node, approving first where needed. @throws ChainError `NodeUnknown`, `ERC20InsufficientBalance` */
export async function addStake(client: ChainClient, options: { nodeId: string; amountWei: bigint }): Promise<Mined> {
  const { nodeId, amountWei } = options;
  const to = client.contracts.nodeRegistry;
  await approveSpending(client, { spender: to, amountWei });
  const data = encodeFunctionData({ abi, functionName: "addStake", args: [nodeKeyOf(nodeId), amountWei] });
  return sendCall(client, { to, data });
}
