import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";

/** What a spender, by default the escrow, may take from a wallet, in wei of FAR. @throws ChainError */
export function allowance(client: ChainClient, options: { wallet: Address; spender?: Address }): Promise<bigint> {
  const { farToken, inferencePayment } = client.contracts;
  return withChainErrors(() =>
    client.reader.readContract({
      address: farToken,
      abi: farTokenAbi,
      functionName: "allowance",
      args: [options.wallet, options.spender ?? inferencePayment],
    }),
  );
}
