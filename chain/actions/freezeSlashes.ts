import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Lets no slash be executed before a time, seconds since 1970, at most 7 days ahead; the arbiter may. @throws ChainError `FreezeOutOfRange` */
export function freezeSlashes(client: ChainClient, options: { untilS: bigint }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "freezeSlashes", args: [options.untilS] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
