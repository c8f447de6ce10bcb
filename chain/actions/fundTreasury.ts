import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { approveSpending } from "./allowSpending.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Raises the treasury's balance in the escrow from the caller's wallet, approving first where needed. @throws ChainError */
export async function fundTreasury(client: ChainClient, options: { amountWei: bigint }): Promise<Mined> {
  const to = client.contracts.inferencePayment;
  await approveSpending(client, { spender: to, amountWei: options.amountWei });
  const data = encodeFunctionData({
    abi: inferencePaymentAbi,
    functionName: "fundTreasury",
    args: [options.amountWei],
  });
  return sendCall(client, { to, data });
}
