import { ChainError, type FarChain, isChainError, settableFeedAbi } from "@farlabs/chain";
import type { FeedRound } from "./guard.ts";

/**
 * The feed's newest round, unjudged: the interface is Chainlink's, so any feed of that kind answers.
 * @throws ChainError when it does not answer
 */
export async function readFeed(chain: Pick<FarChain, "reader" | "contracts">): Promise<FeedRound> {
  const feed = { address: chain.contracts.priceFeed, abi: settableFeedAbi } as const;
  try {
    const [decimals, [roundId, answer, , updatedAtS, answeredInRound]] = await Promise.all([
      chain.reader.readContract({ ...feed, functionName: "decimals" }),
      chain.reader.readContract({ ...feed, functionName: "latestRoundData" }),
    ]);
    return { roundId, answeredInRound, answer, decimals, updatedAtMs: Number(updatedAtS) * 1_000 };
  } catch (cause) {
    if (isChainError(cause)) throw cause;
    throw new ChainError("chain_unavailable", "The price feed does not answer.", { cause });
  }
}
