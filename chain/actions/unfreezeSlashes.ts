import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Ends the freeze of slashes; the arbiter may. @throws ChainError */
export function unfreezeSlashes(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "unfreezeSlashes" });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
