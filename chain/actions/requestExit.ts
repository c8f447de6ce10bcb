import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Starts the caller's exit, which needs nobody's consent. @throws ChainError `ExitAlreadyRequested` */
export function requestExit(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi: inferencePaymentAbi, functionName: "requestExit" });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
