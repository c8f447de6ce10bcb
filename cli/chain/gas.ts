import type { FarChain } from "@farlabs/chain";
import { formatEther } from "viem";

/** What a transaction of this much gas costs at the chain's present price, in words. @throws when the chain does not answer */
export async function gasCost(chain: FarChain, gas: bigint): Promise<string> {
  const { symbol } = chain.reader.chain.nativeCurrency;
  const costWei = (await chain.reader.getGasPrice()) * gas;
  return `${Number(formatEther(costWei)).toPrecision(2)} ${symbol}`;
}

/** Upper bounds of gas, whole transactions; the tests hold them against a real chain. */
export const GAS_MAX = {
  ...{ withdraw: 120_000n, requestExit: 90_000n, finishExit: 90_000n, cancelExit: 60_000n },
  ...{ stake: 500_000n, unstake: 200_000n, claimRewards: 250_000n },
  ...{ claim: 90_000n, claimRooted: 150_000n, withdrawUnbonded: 90_000n },
} as const;
