import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** What an operator has taken by proof so far, in wei of FAR. @throws ChainError */
export function claimedRooted(client: ChainClient, options: { payee: Address }): Promise<bigint> {
  return withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.inferencePayment,
      abi: inferencePaymentAbi,
      functionName: "claimedRooted",
      args: [options.payee],
    }),
  );
}
