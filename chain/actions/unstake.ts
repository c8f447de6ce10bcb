import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { stakingAbi as abi } from "../generated/stakingAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Asks a stake back. With a lock it is paid once that is over; without, the first call starts the unbonding and the second, after it, pays.
 * @throws ChainError `StillLocked`, `PositionUnknown`
 */
export function unstake(client: ChainClient, options: { positionId: bigint }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "unstake", args: [options.positionId] });
  return sendCall(client, { to: client.contracts.staking, data });
}
