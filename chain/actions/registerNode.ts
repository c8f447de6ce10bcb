import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { permitSpending } from "./allowSpending.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Stakes for a node of the caller, the minimum or more together with what it already has; one transaction, with a permit unless the
 * registry already has the allowance.
 * @throws ChainError `StakeBelowMinimum`, `AlreadyRegistered`, `ERC20InsufficientBalance`
 */
export async function registerNode(
  client: ChainClient,
  options: { nodeId: string; amountWei: bigint },
): Promise<Mined> {
  const { amountWei } = options;
  const node = nodeKeyOf(options.nodeId);
  const to = client.contracts.nodeRegistry;
  const permit = await permitSpending(client, { spender: to, amountWei });
  const data =
    permit === undefined
      ? encodeFunctionData({ abi, functionName: "registerNode", args: [node, amountWei] })
      : encodeFunctionData({
          ...{ abi, functionName: "registerNodeWithPermit" },
          args: [node, amountWei, permit.deadlineS, permit.v, permit.r, permit.s],
        });
  return sendCall(client, { to, data });
}
