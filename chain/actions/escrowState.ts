import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** The escrow's books, all in wei of FAR and all as of one block. */
export type EscrowState = {
  readonly blockNumber: bigint;
  /** FAR tokens that the contract holds; at least `liabilitiesWei`. */
  readonly tokenBalanceWei: bigint;
  /** The sum of the next six. */
  readonly liabilitiesWei: bigint;
  readonly usersWei: bigint;
  readonly owedWei: bigint;
  /** To be claimed by proof. */
  readonly rootedWei: bigint;
  /** Paid in for tasks that were put on chain one by one. */
  readonly tasksWei: bigint;
  readonly stakersWei: bigint;
  readonly treasuryWei: bigint;
  /** Owed by the treasury, not yet funded; not part of what the contract must hold. */
  readonly pendingWei: bigint;
  readonly epoch: bigint;
};

/** Reads the escrow's books for the solvency page and the reconciler. @throws ChainError */
export function escrowState(client: ChainClient, options: { blockNumber?: bigint } = {}): Promise<EscrowState> {
  const { farToken, inferencePayment: address } = client.contracts;
  return withChainErrors(async () => {
    const blockNumber = options.blockNumber ?? (await client.reader.getBlockNumber());
    const at = { address, abi: inferencePaymentAbi, blockNumber } as const;
    const read = client.reader;
    const [tokenBalanceWei, liabilitiesWei, pendingWei, epoch] = await Promise.all([
      read.readContract({
        ...{ address: farToken, abi: farTokenAbi, functionName: "balanceOf" },
        ...{ args: [address], blockNumber },
      }),
      read.readContract({ ...at, functionName: "liabilities" }),
      read.readContract({ ...at, functionName: "totalPending" }),
      read.readContract({ ...at, functionName: "epoch" }),
    ]);
    const [usersWei, owedWei, rootedWei, tasksWei, stakersWei, treasuryWei] = await Promise.all([
      read.readContract({ ...at, functionName: "totalUserBalances" }),
      read.readContract({ ...at, functionName: "totalOwed" }),
      read.readContract({ ...at, functionName: "rootedBalance" }),
      read.readContract({ ...at, functionName: "tasksBalance" }),
      read.readContract({ ...at, functionName: "stakersBalance" }),
      read.readContract({ ...at, functionName: "treasuryBalance" }),
    ]);
    const parts = { usersWei, owedWei, rootedWei, tasksWei, stakersWei, treasuryWei };
    return { blockNumber, tokenBalanceWei, liabilitiesWei, ...parts, pendingWei, epoch };
  });
}
