import { type Address, type Hex, isAddressEqual, zeroAddress } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** A task that its user put on chain. */
export type TaskOnChain = {
  readonly user: Address;
  /** What is paid in for it; 0 once it is completed or reclaimed. */
  readonly escrowedWei: bigint;
  /** Seconds since 1970. */
  readonly reclaimableAtS: bigint;
};

/** A task on chain, or undefined where nobody created it. @throws ChainError */
export async function taskOf(client: ChainClient, options: { taskId: Hex }): Promise<TaskOnChain | undefined> {
  const [user, escrowedWei, reclaimableAtS] = await withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.inferencePayment,
      abi: inferencePaymentAbi,
      functionName: "taskOf",
      args: [options.taskId],
    }),
  );
  return isAddressEqual(user, zeroAddress) ? undefined : { user, escrowedWei, reclaimableAtS };
}
