import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { stakingAbi as abi } from "../generated/stakingAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Fetches the stakers' pool from the escrow and lets it stream out. Anyone may call. @throws ChainError */
export function pullRevenue(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "pullRevenue" });
  return sendCall(client, { to: client.contracts.staking, data });
}
