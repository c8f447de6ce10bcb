import { type Address, encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** One netted epoch; Σ debits + `treasuryDebitWei` = Σ credits + `stakersWei` + `treasuryWei`. */
export type Batch = {
  /** The last settled epoch plus one. */
  readonly epoch: bigint;
  readonly taskCount: number;
  /** Merkle root of the epoch's receipts. */
  readonly receiptsRoot: Hex;
  /** What the treasury itself pays: the FAR leg of tasks paid in VCU, and checks. */
  readonly treasuryDebitWei: bigint;
  readonly stakersWei: bigint;
  readonly treasuryWei: bigint;
  /** What each wallet pays; at most 400. */
  readonly debits: readonly { readonly wallet: Address; readonly amountWei: bigint }[];
  /** What each operator earns; at most 400. */
  readonly credits: readonly { readonly payee: Address; readonly amountWei: bigint }[];
};

/** Calldata of `settleBatch`, for a sender that keeps it until it is mined. */
export function encodeSettleBatch(batch: Batch): Hex {
  const arg = {
    epoch: batch.epoch,
    taskCount: batch.taskCount,
    receiptsRoot: batch.receiptsRoot,
    treasuryDebitAmount: batch.treasuryDebitWei,
    stakersAmount: batch.stakersWei,
    treasuryAmount: batch.treasuryWei,
    debits: batch.debits.map(({ wallet, amountWei }) => ({ wallet, amount: amountWei })),
    credits: batch.credits.map(({ payee, amountWei }) => ({ payee, amount: amountWei })),
  };
  return encodeFunctionData({ abi: inferencePaymentAbi, functionName: "settleBatch", args: [arg] });
}

/**
 * Settles an epoch from the client's account, which must be the oracle. A settler that must survive a crash uses
 * {@link encodeSettleBatch} with `sendManaged` instead.
 * @throws ChainError `EpochOutOfOrder`, `BatchNotConserved`, `EpochCapExceeded`, `DayCapExceeded`, …
 */
export function settleBatch(client: ChainClient, batch: Batch): Promise<Mined> {
  return sendCall(client, { to: client.contracts.inferencePayment, data: encodeSettleBatch(batch) });
}
