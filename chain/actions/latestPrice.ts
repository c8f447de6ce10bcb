import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** USD per FAR. */
export type Price = {
  /** 8 decimals. */
  readonly answer: bigint;
  /** Seconds since 1970. */
  readonly updatedAtS: bigint;
};

/**
 * The feed's newest price, as the escrow accepts it. The contract judges staleness by the time of the newest block, which on a
 * quiet chain lies in the past: compare `updatedAtS` with your own clock as well.
 * @throws ChainError `chain_reverted` with `PriceStale` or `PriceInvalid`
 */
export async function latestPrice(client: ChainClient): Promise<Price> {
  const [answer, updatedAtS] = await withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.inferencePayment,
      abi: inferencePaymentAbi,
      functionName: "getLatestPrice",
    }),
  );
  return { answer, updatedAtS };
}
