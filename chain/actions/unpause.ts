import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Lets settlement go on; the admin's. @throws ChainError `AccessControlUnauthorizedAccount` */
export function unpause(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi: inferencePaymentAbi, functionName: "unpause" });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
