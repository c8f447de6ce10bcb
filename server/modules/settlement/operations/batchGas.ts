import type { Hex } from "viem";
import type { Context } from "./context.ts";

/** Most gas that one transaction may ask for (EIP-7825). */
export const TX_GAS_MAX = 16_777_216n;

/**
 * Gas of a batch, or another call of the oracle, as of the newest block. Nodes estimate on the pending one, where our own earlier attempt makes its replacement look late.
 * @returns undefined when the contract refuses now or the node does not answer
 */
export async function batchGas({ chain }: Context, data: Hex): Promise<bigint | undefined> {
  const { account, contracts, reader } = chain;
  if (account === undefined) return undefined;
  // Unprepared: preparing would ask the node to fill the call in, which it does on the pending block.
  const call = {
    account: account.address,
    to: contracts.inferencePayment,
    data,
    blockTag: "latest",
    prepare: false,
  } as const;
  return reader.estimateGas(call).catch(() => undefined);
}

/** A fifth more than estimated, within what a transaction may ask for. */
export const gasLimitFor = (gas: bigint): bigint => {
  const roomy = (gas * 6n) / 5n;
  return roomy < TX_GAS_MAX ? roomy : TX_GAS_MAX;
};
