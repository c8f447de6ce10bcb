import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** The escrow's books, all in wei of FAR and all as of one block. */
export type EscrowState = {
  readonly blockNumber: bigint;
  /** FAR tokens that the contract holds; at least the sum of the next four. */
  readonly tokenBalanceWei: bigint;
  readonly usersWei: bigint;
  readonly owedWei: bigint;
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
    const [tokenBalanceWei, usersWei, owedWei, stakersWei, treasuryWei, pendingWei, epoch] = await Promise.all([
      client.reader.readContract({
        address: farToken,
        abi: farTokenAbi,
        functionName: "balanceOf",
        args: [address],
        blockNumber,
      }),
      client.reader.readContract({ ...at, functionName: "totalUserBalances" }),
      client.reader.readContract({ ...at, functionName: "totalOwed" }),
      client.reader.readContract({ ...at, functionName: "stakersBalance" }),
      client.reader.readContract({ ...at, functionName: "treasuryBalance" }),
      client.reader.readContract({ ...at, functionName: "totalPending" }),
      client.reader.readContract({ ...at, functionName: "epoch" }),
    ]);
    return { blockNumber, tokenBalanceWei, usersWei, owedWei, stakersWei, treasuryWei, pendingWei, epoch };
  });
}
