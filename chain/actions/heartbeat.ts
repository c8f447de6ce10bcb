import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** A sign of life of the caller's node, once a period. @throws ChainError `HeartbeatTooSoon`, `NodeUnknown` */
export function heartbeat(client: ChainClient, options: { nodeId: string }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "heartbeat", args: [nodeKeyOf(options.nodeId)] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
