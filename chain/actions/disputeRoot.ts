import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Keeps an epoch's payees root from ever being claimed by; the pauser may, within the window. @throws ChainError `DisputeWindowOver`, `RootUnknown` */
export function disputeRoot(client: ChainClient, options: { epoch: bigint }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "disputeRoot", args: [options.epoch] });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
