import { type Address, encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Lets a spender, by default the escrow, take up to `amountWei` FAR from the caller's wallet. @throws ChainError */
export function approve(client: ChainClient, options: { amountWei: bigint; spender?: Address }): Promise<Mined> {
  const { farToken, inferencePayment } = client.contracts;
  const data = encodeFunctionData({
    abi: farTokenAbi,
    functionName: "approve",
    args: [options.spender ?? inferencePayment, options.amountWei],
  });
  return sendCall(client, { to: farToken, data });
}
