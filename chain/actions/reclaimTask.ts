import { encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Pays the caller back what its task had cost, once it timed out. @throws ChainError `TaskNotTimedOut`, `NotTaskUser`, `TaskNotOpen` */
export function reclaimTask(client: ChainClient, options: { taskId: Hex }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "reclaimTask", args: [options.taskId] });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
