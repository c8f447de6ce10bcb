import { type Hex, zeroHash } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** By which operators beyond those credited one by one claim. */
export type PayeesRoot = {
  readonly root: Hex;
  /** Seconds since 1970. */
  readonly claimableAtS: bigint;
  readonly isDisputed: boolean;
};

/** An epoch's payees root, or undefined where it has none. @throws ChainError */
export async function payeesRootOf(client: ChainClient, options: { epoch: bigint }): Promise<PayeesRoot | undefined> {
  const [root, claimableAtS, isDisputed] = await withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.inferencePayment,
      abi: inferencePaymentAbi,
      functionName: "payeesRootOf",
      args: [options.epoch],
    }),
  );
  return root === zeroHash ? undefined : { root, claimableAtS, isDisputed };
}
