import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { stakingAbi as abi } from "../generated/stakingAbi.ts";
import { permitSpending } from "./allowSpending.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Days a stake may be locked for; longer ones weigh more. */
export type LockDays = 0 | 30 | 90 | 180 | 365;

/**
 * Stakes FAR of the caller's wallet for a share of the stakers' revenue; one transaction, with a permit unless the contract already has the
 * allowance. The position's number is in the event `Staked`.
 * @throws ChainError `LockInvalid`, `ERC20InsufficientBalance`
 */
export async function stake(client: ChainClient, options: { amountWei: bigint; lockDays: LockDays }): Promise<Mined> {
  const { amountWei, lockDays } = options;
  const to = client.contracts.staking;
  const permit = await permitSpending(client, { spender: to, amountWei });
  const data =
    permit === undefined
      ? encodeFunctionData({ abi, functionName: "stake", args: [amountWei, lockDays] })
      : encodeFunctionData({
          ...{ abi, functionName: "stakeWithPermit" },
          args: [amountWei, lockDays, permit.deadlineS, permit.v, permit.r, permit.s],
        });
  return sendCall(client, { to, data });
}
