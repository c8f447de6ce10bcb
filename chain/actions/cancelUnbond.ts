import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Puts all that unbonds back to the stake of the caller's node. @throws ChainError `NothingUnbonding` */
export function cancelUnbond(client: ChainClient, options: { nodeId: string }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "cancelUnbond", args: [nodeKeyOf(options.nodeId)] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
