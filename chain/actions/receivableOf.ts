import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** What a wallet's next deposit pays to the treasury first, in wei of FAR. @throws ChainError */
export function receivableOf(client: ChainClient, options: { wallet: Address }): Promise<bigint> {
  const address = client.contracts.inferencePayment;
  return withChainErrors(() =>
    client.reader.readContract({
      address,
      abi: inferencePaymentAbi,
      functionName: "receivableOf",
      args: [options.wallet],
    }),
  );
}
