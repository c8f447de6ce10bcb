import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Pays the caller everything it is owed as an operator. @throws ChainError `NothingOwed` */
export function claim(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi: inferencePaymentAbi, functionName: "claim" });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
