import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** What an operator may claim, in wei of FAR. @throws ChainError */
export function owed(client: ChainClient, options: { payee: Address }): Promise<bigint> {
  const address = client.contracts.inferencePayment;
  return withChainErrors(() =>
    client.reader.readContract({ address, abi: inferencePaymentAbi, functionName: "owed", args: [options.payee] }),
  );
}
