import type { FarChain } from "@farlabs/chain";

/** The feed as the escrow accepts it: USD per FAR with 8 decimals, and when it was published. @throws ChainError when stale or silent */
export async function readRate(chain: FarChain): Promise<{ rate8: bigint; atMs: number }> {
  const { answer, updatedAtS } = await chain.latestPrice();
  return { rate8: answer, atMs: Number(updatedAtS) * 1000 };
}
