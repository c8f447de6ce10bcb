import { encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Pays the caller what a payees root says it was credited, less what it has taken by earlier ones; less while part is not funded.
 * @param options.cumulativeWei All that the caller was ever credited by roots up to this epoch's.
 * @throws ChainError `RootNotClaimable`, `RootIsDisputed`, `RootUnknown`, `ProofInvalid`, `NothingOwed`
 */
export function claimRooted(
  client: ChainClient,
  options: { epoch: bigint; cumulativeWei: bigint; proof: readonly Hex[] },
): Promise<Mined> {
  const data = encodeFunctionData({
    abi,
    functionName: "claimRooted",
    args: [options.epoch, options.cumulativeWei, options.proof],
  });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
