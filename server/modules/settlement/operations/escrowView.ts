import { inferencePaymentAbi } from "@farlabs/chain";
import type { Hex } from "viem";
import { chainCall } from "./chainCall.ts";
import type { Context } from "./context.ts";

/** What the contract holds for one address, wei. */
export interface EscrowView {
  user(wallet: string): Promise<{ balanceWei: bigint; receivableWei: bigint }>;
  owner(payee: string): Promise<{ owedWei: bigint; pendingWei: bigint; claimedRootedWei: bigint }>;
  stakersPendingWei(): Promise<bigint>;
  /** False when events came while it was read at the newest block, so that what was read belongs to no single one. */
  stillTrue(): Promise<boolean>;
}

/**
 * Reads the contract's books address by address, as of a block. Where that block's state is forgotten, the newest serves as long as no event
 * of the escrow came since. @throws ChainError
 */
export async function escrowView({ chain }: Context, blockNumber: bigint): Promise<EscrowView> {
  const kept = await chain.escrowState({ blockNumber }).then(
    () => true,
    () => false,
  );
  const at = { address: chain.contracts.inferencePayment, abi: inferencePaymentAbi, ...(kept ? { blockNumber } : {}) };
  const read = (
    functionName: "userBalances" | "receivableOf" | "owed" | "pendingOf" | "claimedRooted",
    address: string,
  ) => chainCall(chain.reader.readContract({ ...at, functionName, args: [address as Hex] }));
  return {
    async user(wallet) {
      const [balanceWei, receivableWei] = await Promise.all([
        read("userBalances", wallet),
        read("receivableOf", wallet),
      ]);
      return { balanceWei, receivableWei };
    },
    async owner(payee) {
      const [owedWei, pendingWei, claimedRootedWei] = await Promise.all([
        read("owed", payee),
        read("pendingOf", payee),
        read("claimedRooted", payee),
      ]);
      return { owedWei, pendingWei, claimedRootedWei };
    },
    stakersPendingWei: () => chainCall(chain.reader.readContract({ ...at, functionName: "stakersPending" })),
    async stillTrue() {
      if (kept) return true;
      const head = await chainCall(chain.reader.getBlockNumber());
      const since = await chain.readEvents({ fromBlock: blockNumber + 1n, toBlock: head });
      return since.every((event) => event.contract !== "inferencePayment");
    },
  };
}
