import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** What an operator earned and the treasury has yet to fund, in wei of FAR. @throws ChainError */
export function pendingOf(client: ChainClient, options: { payee: Address }): Promise<bigint> {
  const address = client.contracts.inferencePayment;
  return withChainErrors(() =>
    client.reader.readContract({ address, abi: inferencePaymentAbi, functionName: "pendingOf", args: [options.payee] }),
  );
}
