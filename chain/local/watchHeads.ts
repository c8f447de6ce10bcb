import type { Hex } from "viem";
import { ChainError } from "../errors.ts";

type Message = { id?: number; method?: string; params?: { result: { hash: Hex } } };

const subscribeRequest = '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}';

/**
 * Follows the chain's new blocks by subscription; no block after the returned promise resolved is missed. When the socket
 * closes it just ends: then the chain is gone.
 * @throws ChainError `chain_unavailable` when it cannot connect.
 */
export async function watchHeads(rpcUrl: string, onHead: (hash: Hex) => void): Promise<{ stop(): void }> {
  const socket = new WebSocket(rpcUrl.replace(/^http/, "ws"));
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new ChainError("chain_unavailable", "New blocks cannot be followed."));
    socket.addEventListener("open", () => socket.send(subscribeRequest));
    socket.addEventListener("error", fail);
    socket.addEventListener("close", fail);
    socket.addEventListener("message", ({ data }) => {
      const { id, method, params } = JSON.parse(String(data)) as Message;
      if (id === 1) resolve();
      if (method === "eth_subscription" && params) onHead(params.result.hash);
    });
  });
  return { stop: () => socket.close() };
}
