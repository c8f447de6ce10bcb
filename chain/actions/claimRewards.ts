import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { stakingAbi as abi } from "../generated/stakingAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Pays the caller its revenue share and base reward. @throws ChainError `NothingToClaim` */
export function claimRewards(client: ChainClient): Promise<Mined> {
  const data = encodeFunctionData({ abi, functionName: "claimRewards" });
  return sendCall(client, { to: client.contracts.staking, data });
}
