import { encodeFunctionData } from "viem";
import type { ChainClient } from "../client.ts";
import { settableFeedAbi } from "../generated/settableFeedAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/**
 * Publishes a price on the local network's settable feed; its owner's.
 * @param options.answer USD per FAR, 8 decimals.
 * @throws ChainError `OwnableUnauthorizedAccount`, `AnswerNotPositive`
 */
export function setFeedAnswer(client: ChainClient, options: { answer: bigint }): Promise<Mined> {
  const data = encodeFunctionData({ abi: settableFeedAbi, functionName: "setAnswer", args: [options.answer] });
  return sendCall(client, { to: client.contracts.priceFeed, data });
}
