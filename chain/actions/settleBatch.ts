import { type Address, encodeFunctionData, type Hex, zeroHash } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { nodeKeyOf } from "../nodeKey.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Earnings of a node that earns in, which go to its held balance in the registry. */
export type Hold = { readonly owner: Address; readonly nodeId: string; readonly amountWei: bigint };

/** One netted epoch; Σ debits + `treasuryDebitWei` = Σ credits + Σ holds + `rootedWei` + `stakersWei` + `treasuryWei`. */
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
  /** What each operator earns; at most 400 together with the holds. */
  readonly credits: readonly { readonly payee: Address; readonly amountWei: bigint }[];
  readonly holds?: readonly Hold[];
  /** What operators beyond the credits earn, all together; each claims its part with a proof against `payeesRoot`. */
  readonly rootedWei?: bigint;
  /** Merkle root over (payee, all it was ever credited by roots). */
  readonly payeesRoot?: Hex;
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
    rootedAmount: batch.rootedWei ?? 0n,
    payeesRoot: batch.payeesRoot ?? zeroHash,
    debits: batch.debits.map(({ wallet, amountWei }) => ({ wallet, amount: amountWei })),
    credits: batch.credits.map(({ payee, amountWei }) => ({ payee, amount: amountWei })),
    holds: (batch.holds ?? []).map(({ owner, nodeId, amountWei }) => ({
      ...{ node: nodeKeyOf(nodeId), owner, amount: amountWei },
    })),
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
