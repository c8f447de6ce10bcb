import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { permitSpending } from "./allowSpending.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Pays FAR into the escrow for the caller: one transaction, with a permit unless the escrow already has the allowance.
 * @throws ChainError `chain_reverted` with `ERC20InsufficientBalance` when the wallet holds less.
 */
export async function deposit(client: ChainClient, options: { amountWei: bigint }): Promise<Mined> {
  const { amountWei } = options;
  const to = client.contracts.inferencePayment;
  const permit = await permitSpending(client, { spender: to, amountWei });
  if (permit === undefined) {
    return sendCall(client, { to, data: encodeFunctionData({ abi, functionName: "deposit", args: [amountWei] }) });
  }
  const args = [amountWei, permit.deadlineS, permit.v, permit.r, permit.s] as const;
  return sendCall(client, { to, data: encodeFunctionData({ abi, functionName: "depositWithPermit", args }) });
}
