import { type Address, encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Pays a wallet its whole escrow balance once its exit has matured; anyone may call. @throws ChainError `ExitNotRequested`, `ExitNotMatured`, `ExitLapsed` */
export function finishExit(client: ChainClient, options: { wallet: Address }): Promise<Mined> {
  const data = encodeFunctionData({ abi: inferencePaymentAbi, functionName: "finishExit", args: [options.wallet] });
  return sendCall(client, { to: client.contracts.inferencePayment, data });
}
