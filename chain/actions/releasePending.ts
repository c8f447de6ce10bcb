import { type Address, encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Funds an operator's waiting credit from the treasury's balance, as far as that goes; anyone may call. @throws ChainError */
export function releasePending(client: ChainClient, options: { payee: Address }): Promise<Mined> {
  const data = encodeFunctionData({ abi: inferencePaymentAbi, functionName: "releasePending", args: [options.payee] });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
