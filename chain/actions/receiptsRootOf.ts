import type { Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** Merkle root of a settled epoch's receipts; zero for one that is not settled. @throws ChainError */
export function receiptsRootOf(client: ChainClient, options: { epoch: bigint }): Promise<Hex> {
  const address = client.contracts.inferencePayment;
  return withChainErrors(() =>
    client.reader.readContract({
      address,
      abi: inferencePaymentAbi,
      functionName: "receiptsRootOf",
      args: [options.epoch],
    }),
  );
}
