import type { Address } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

/** Whether a wallet's voucher of this nonce was paid. @throws ChainError */
export function voucherUsed(
  client: ChainClient,
  options: { wallet: Address; nonce: bigint; blockNumber?: bigint },
): Promise<boolean> {
  const { wallet, nonce, blockNumber } = options;
  return withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.inferencePayment,
      abi: inferencePaymentAbi,
      functionName: "voucherUsed",
      args: [wallet, nonce],
      ...(blockNumber === undefined ? {} : { blockNumber }),
    }),
  );
}
