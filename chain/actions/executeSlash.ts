import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Pays a slash to the treasury, at most what is there. Anyone may call after the delay. @throws ChainError `SlashNotExecutable`, `SlashingFrozen`, `SlashNotOpen` */
export function executeSlash(client: ChainClient, options: { id: bigint }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "executeSlash", args: [options.id] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
