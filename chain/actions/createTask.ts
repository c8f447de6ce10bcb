import { encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { permitSpending } from "./allowSpending.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Puts a task on chain and pays in what it may cost, from the caller's wallet and not from its escrow balance; in one transaction, with a
 * permit unless the escrow already has the allowance.
 * @param options.taskId Chosen at random by the caller, used once.
 * @throws ChainError `TaskExists`, `ERC20InsufficientBalance`
 */
export async function createTask(client: ChainClient, options: { taskId: Hex; estimatedWei: bigint }): Promise<Mined> {
  const { taskId, estimatedWei } = options;
  const to = client.contracts.inferencePayment;
  const permit = await permitSpending(client, { spender: to, amountWei: estimatedWei });
  const data =
    permit === undefined
      ? encodeFunctionData({ abi, functionName: "createTask", args: [taskId, estimatedWei] })
      : encodeFunctionData({
          ...{ abi, functionName: "createTaskWithPermit" },
          args: [taskId, estimatedWei, permit.deadlineS, permit.v, permit.r, permit.s],
        });
  return sendCall(client, { to, data });
}
