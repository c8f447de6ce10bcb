import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** What a wallet has in the escrow, in wei of FAR, before what it spent since the last epoch. @throws ChainError */
export function userBalance(client: ChainClient, options: { wallet: Address }): Promise<bigint> {
  const address = client.contracts.inferencePayment;
  return withChainErrors(() =>
    client.reader.readContract({
      address,
      abi: inferencePaymentAbi,
      functionName: "userBalances",
      args: [options.wallet],
    }),
  );
}
