import { encodeFunctionData, type Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { inferencePaymentAbi as abi } from "../generated/inferencePaymentAbi.ts";
import { type Voucher, voucherArgs } from "../vouchers.ts";
import { type Mined, sendCall } from "./sendCall.ts";

/** Calldata that pays a voucher, to see what it would cost before it is sent. */
export function encodeWithdraw(options: { voucher: Voucher; signature: Hex }): Hex {
  return encodeFunctionData({ abi, functionName: "withdraw", args: [voucherArgs(options.voucher), options.signature] });
}

/**
 * Has a voucher paid to its wallet at once. Whoever submits it pays the gas and nothing else.
 * @throws ChainError `VoucherExpired`, `VoucherUsed`, `VoucherVoid` (an exit came after it), `VoucherSignatureInvalid`, `BalanceTooLow`
 */
export function withdrawVoucher(client: ChainClient, options: { voucher: Voucher; signature: Hex }): Promise<Mined> {
  return sendCall(client, { to: client.contracts.inferencePayment, data: encodeWithdraw(options) });
}
