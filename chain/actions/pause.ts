import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Stops settlement, and nothing else; the pauser's. @throws ChainError `AccessControlUnauthorizedAccount` */
export function pause(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi: inferencePaymentAbi, functionName: "pause" });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
