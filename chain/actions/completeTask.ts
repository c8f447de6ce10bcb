import { type Address, encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Pays a task that its user put on chain, from the oracle's account; the rest goes back to the user.
 * @param options.payee Who may claim the operator's part.
 * @param options.scoreBps The operator's score in hundredths of a point, 0 to 10 000.
 * @throws ChainError `TaskNotOpen`, `CostAboveEscrowed`, `ScoreOutOfRange`, `EnforcedPause`
 */
export function completeTask(
  client: ChainClient,
  options: { taskId: Hex; payee: Address; actualWei: bigint; scoreBps: number },
): Promise<Mined> {
  const data = encodeFunctionData({
    abi,
    functionName: "completeTask",
    args: [options.taskId, options.payee, options.actualWei, options.scoreBps],
  });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
