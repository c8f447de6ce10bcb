import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Pays the treasury a part of its balance. @throws ChainError `NotTreasury`, `TreasuryBalanceTooLow` */
export function claimTreasury(client: ChainClient, options: { amountWei: bigint }): Promise<Mined> {
  const data = encodeFunctionData({
    abi: inferencePaymentAbi,
    functionName: "claimTreasury",
    args: [options.amountWei],
  });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
