import { type Address, encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { stakingAbi as abi } from "../generated/stakingAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Takes the extra weight from a position whose lock is over. Anyone may call. @throws ChainError `LockNotExpired`, `PositionUnknown` */
export function expireLock(client: ChainClient, options: { user: Address; positionId: bigint }): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "expireLock", args: [options.user, options.positionId] });
  return sendCall(client, { to: client.contracts.staking, data });
}
