import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** Number of the last settled epoch; 0 before the first. @throws ChainError */
export function settledEpoch(client: ChainClient): Promise<bigint> {
  return withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.inferencePayment,
      abi: inferencePaymentAbi,
      functionName: "epoch",
    }),
  );
}
