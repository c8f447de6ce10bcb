import { type Address, encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Sends FAR from the caller's wallet. @throws ChainError `ERC20InsufficientBalance` */
export function transfer(client: ChainClient, options: { to: Address; amountWei: bigint }): Promise<Mined> {
  const data = encodeFunctionData({
    abi: farTokenAbi,
    functionName: "transfer",
    args: [options.to, options.amountWei],
  });
  return sendCall(client, { to: client.contracts.farToken, data });
}
