import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";
import { approveSpending } from "./allowSpending.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Raises the reserve that pays base rewards from the caller's wallet, approving first where needed. @throws ChainError */
export async function fundReserve(client: ChainClient, options: { amountWei: bigint }): Promise<Mined> {
  const to = client.contracts.staking;
  await approveSpending(client, { spender: to, amountWei: options.amountWei });
  const data = encodeFunctionData({ abi: stakingAbi, functionName: "fundReserve", args: [options.amountWei] });
  return sendCall(client, { to, data });
}
