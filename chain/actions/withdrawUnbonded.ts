import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Pays the caller what has unbonded, but for what an open slash locks. @throws ChainError `StillUnbonding`, `NothingUnbonding`, `StakeLocked` */
export function withdrawUnbonded(client: ChainClient, options: { nodeId: string }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "withdrawUnbonded", args: [nodeKeyOf(options.nodeId)] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
