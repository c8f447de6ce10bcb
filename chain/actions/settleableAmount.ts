import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** What the next epoch may move under the caps as they stand now, in wei of FAR. @throws ChainError */
export function settleableAmount(client: ChainClient): Promise<bigint> {
  const address = client.contracts.inferencePayment;
  return withChainErrors(() =>
    client.reader.readContract({ address, abi: inferencePaymentAbi, functionName: "settleableAmount" }),
  );
}
