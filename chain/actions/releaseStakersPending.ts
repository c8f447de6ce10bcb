import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Funds the stakers' waiting part from the treasury's balance, as far as that goes. Anyone may call. @throws ChainError */
export function releaseStakersPending(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "releaseStakersPending" });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
