import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** A wallet's exit: how many it requested so far, and the open request if there is one (seconds since 1970). */
export type Exit = {
  readonly counter: bigint;
  readonly request: { readonly maturesAtS: bigint; readonly lapsesAtS: bigint } | undefined;
};

/** Reads a wallet's exit. A lapsed request is still returned until it is cancelled or renewed. @throws ChainError */
export async function exitOf(client: ChainClient, options: { wallet: Address }): Promise<Exit> {
  const [counter, maturesAtS, lapsesAtS] = await withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.inferencePayment,
      abi: inferencePaymentAbi,
      functionName: "exitOf",
      args: [options.wallet],
    }),
  );
  return { counter, request: maturesAtS === 0n ? undefined : { maturesAtS, lapsesAtS } };
}
