import { type Address, encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { nodeRegistryAbi as abi } from "../generated/nodeRegistryAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Proposes a slash from the slasher's account and locks stake for it; its number is in the event `SlashProposed`.
 * @param options.amountWei More than is there is no error: what is there when it is executed is taken.
 * @param options.evidence Hash of the evidence.
 * @throws ChainError `AmountZero`, `NodeUnknown`
 */
export function proposeSlash(
  client: ChainClient,
  options: { owner: Address; nodeId: string; amountWei: bigint; evidence: Hex },
): Promise<Mined> {
  const data = encodeFunctionData({
    abi,
    functionName: "proposeSlash",
    args: [options.owner, nodeKeyOf(options.nodeId), options.amountWei, options.evidence],
  });
  return sendCall(client, { to: client.contracts.nodeRegistry, data });
}
