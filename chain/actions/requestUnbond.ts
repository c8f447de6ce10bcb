import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Asks stake of the caller's node back; what stays is nothing or the minimum. @throws ChainError `StakeTooLow`, `StakeBelowMinimum`, `StakeLocked` */
export function requestUnbond(client: ChainClient, options: { nodeId: string; amountWei: bigint }): Promise<Mined> {
  const data = encodeFunctionData({
    abi,
    functionName: "requestUnbond",
    args: [nodeKeyOf(options.nodeId), options.amountWei],
  });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
