import { inferencePaymentAbi, isChainError } from "@farlabs/chain";
import { chainCall } from "./chainCall.ts";
import type { Context } from "./context.ts";

/** What the treasury has in the contract beyond what it owes there, wei; null while the chain cannot be read. */
export async function treasuryFree({ chain }: Pick<Context, "chain">): Promise<bigint | null> {
  const at = { address: chain.contracts.inferencePayment, abi: inferencePaymentAbi } as const;
  try {
    const [hasWei, owesWei] = await Promise.all([
      chainCall(chain.reader.readContract({ ...at, functionName: "treasuryBalance" })),
      chainCall(chain.reader.readContract({ ...at, functionName: "totalPending" })),
    ]);
    return hasWei > owesWei ? hasWei - owesWei : 0n;
  } catch (error) {
    if (!isChainError(error)) throw error;
    return null;
  }
}
