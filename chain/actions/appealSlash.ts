import { encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Appeals against a slash of the caller's node, once; `statement` is the hash of what it has to say. @throws ChainError `SlashNotOpen`, `NotNodeOwner` */
export function appealSlash(client: ChainClient, options: { id: bigint; statement: Hex }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "appealSlash", args: [options.id, options.statement] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
