import { encodeFunctionData } from "viem";
import { type ChainClient, requireAccount } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { allowance } from "./allowance.ts";
import { approve } from "./approve.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Raises the treasury's balance in the escrow from the caller's wallet, approving first where needed. @throws ChainError */
export async function fundTreasury(client: ChainClient, options: { amountWei: bigint }): Promise<Mined> {
  const { address } = requireAccount(client);
  if ((await allowance(client, { wallet: address })) < options.amountWei) await approve(client, options);
  const data = encodeFunctionData({
    abi: inferencePaymentAbi,
    functionName: "fundTreasury",
    args: [options.amountWei],
  });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
