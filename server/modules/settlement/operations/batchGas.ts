import { type ChainError, toChainError } from "@farlabs/chain";
import type { Hex } from "viem";
import type { Context } from "./context.ts";

/** Most gas that one transaction may ask for (EIP-7825). */
export const TX_GAS_MAX = 16_777_216n;

/**
 * What a call of the oracle costs, or why nobody can say. An error without the contract's own (`revert`) means as much as too large: where
 * an estimate ends at what one transaction may ask for, nodes give no better reason.
 */
export type Estimate = { gas: bigint } | { gas?: never; error: ChainError };

/**
 * Gas of a batch, or another call of the oracle, as of the newest block. Nodes estimate on the pending one, where our own earlier attempt makes its replacement look late.
 */
export async function batchGas({ chain }: Context, data: Hex): Promise<Estimate> {
  const { account, contracts, reader } = chain;
  if (account === undefined) throw new Error("the settler's chain has the oracle's account");
  // Unprepared: preparing would ask the node to fill the call in, which it does on the pending block.
  const call = {
    account: account.address,
    to: contracts.inferencePayment,
    data,
    blockTag: "latest",
    prepare: false,
  } as const;
  try {
    return { gas: await reader.estimateGas(call) };
  } catch (error) {
    return { error: toChainError(error) };
  }
}

/** A fifth more than estimated, within what a transaction may ask for. */
export const gasLimitFor = (gas: bigint): bigint => {
  const roomy = (gas * 6n) / 5n;
  return roomy < TX_GAS_MAX ? roomy : TX_GAS_MAX;
};
