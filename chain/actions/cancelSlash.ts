import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Withdraws an open slash; the slasher may, and anyone once an appeal was not decided in time. @throws ChainError `SlashNotOpen`, `AppealNotLapsed` */
export function cancelSlash(client: ChainClient, options: { id: bigint }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "cancelSlash", args: [options.id] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
