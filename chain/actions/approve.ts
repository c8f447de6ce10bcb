import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Lets the escrow take up to `amountWei` FAR from the caller's wallet. @throws ChainError */
export function approve(client: ChainClient, options: { amountWei: bigint }): Promise<Mined> {
  const { farToken, inferencePayment } = client.contracts;
  const data = encodeFunctionData({
    abi: farTokenAbi,
    functionName: "approve",
    args: [inferencePayment, options.amountWei],
  });
  return sendCall(client, { to: farToken, data });
}
