import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Funds the waiting part of those in the payees roots, as far as the treasury's balance goes. Anyone may call. @throws ChainError */
export function releaseRootedPending(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "releaseRootedPending" });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
