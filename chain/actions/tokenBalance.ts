import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";

/** FAR in a wallet, in wei. @throws ChainError */
export function tokenBalance(client: ChainClient, options: { wallet: Address }): Promise<bigint> {
  return withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.farToken,
      abi: farTokenAbi,
      functionName: "balanceOf",
      args: [options.wallet],
    }),
  );
}
