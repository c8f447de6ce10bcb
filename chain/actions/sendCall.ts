import type { Address, Hex } from "viem";
import { type ChainClient, requireAccount } from "../client.ts";
import { ChainError, withChainErrors } from "../errors.ts";

/** A mined transaction. */
export type Mined = { readonly hash: Hex; readonly blockNumber: bigint; readonly blockHash: Hex };

/** One send at a time per client: two at once would be given the same nonce. */
const queues = new WeakMap<ChainClient, Promise<unknown>>();

function inTurn<T>(client: ChainClient, send: () => Promise<T>): Promise<T> {
  const result = (queues.get(client) ?? Promise.resolve()).then(send);
  queues.set(
    client,
    result.catch(() => {}),
  );
  return result;
}

/**
 * Sends a contract call from the client's account and waits until it is mined (one confirmation).
 * @throws ChainError `chain_reverted` before anything is sent when the contract would refuse; `chain_not_mined` when no
 * receipt came within `timeoutMs` (default 60 000).
 */
export async function sendCall(
  client: ChainClient,
  options: { to: Address; data: Hex; timeoutMs?: number },
): Promise<Mined> {
  const account = requireAccount(client);
  const { wallet, reader } = client;
  if (wallet === undefined) throw new ChainError("chain_no_account", "This action signs, but no account was given.");
  const send = async (): Promise<Hex> => {
    // Estimated apart from sending, because the estimate is what carries the contract's reason.
    const gas = await reader.estimateGas({ account, to: options.to, data: options.data });
    return wallet.sendTransaction({ account, to: options.to, data: options.data, gas: (gas * 5n) / 4n });
  };
  const hash = await inTurn(client, () => withChainErrors(send));
  return waitMined(client, { hash, ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }) });
}

/**
 * Waits for a transaction's receipt.
 * @throws ChainError `chain_reverted` when it was mined but failed, `chain_not_mined` after `timeoutMs` (default 60 000).
 */
export async function waitMined(client: ChainClient, options: { hash: Hex; timeoutMs?: number }): Promise<Mined> {
  const { hash, timeoutMs = 60_000 } = options;
  const receipt = await client.reader
    .waitForTransactionReceipt({ hash, timeout: timeoutMs, retryCount: 0, checkReplacement: false })
    .catch((cause: unknown) => {
      throw new ChainError("chain_not_mined", `No receipt for ${hash} yet.`, { cause });
    });
  if (receipt.status !== "success") throw new ChainError("chain_reverted", `Transaction ${hash} failed on chain.`);
  return { hash, blockNumber: receipt.blockNumber, blockHash: receipt.blockHash };
}
