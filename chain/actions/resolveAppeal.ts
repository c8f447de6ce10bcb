import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Decides an appeal from the arbiter's account; upheld, the slash falls. @throws ChainError `SlashNotOpen`, `AppealLapsed` */
export function resolveAppeal(client: ChainClient, options: { id: bigint; isUpheld: boolean }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "resolveAppeal", args: [options.id, options.isUpheld] });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
