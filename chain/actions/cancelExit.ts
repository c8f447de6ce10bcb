import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Takes the caller's exit request back. @throws ChainError `ExitNotRequested` */
export function cancelExit(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi: inferencePaymentAbi, functionName: "cancelExit" });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
