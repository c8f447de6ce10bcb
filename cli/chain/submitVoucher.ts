import { type FarChain, isChainError, type Mined, type Voucher } from "@farlabs/chain";
import type { Hex } from "viem";
import { CliError } from "../errors.ts";

export interface SubmitOptions {
  voucher: Voucher;
  signature: Hex;
  signal: AbortSignal;
  /** What is happening, for a person. */
  onProgress(line: string): void;
}

const POLL_MS = 500;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));

const refusals: Readonly<Record<string, string>> = {
  VoucherExpired: "The voucher has expired; what it set aside comes back by itself. Withdraw again.",
  VoucherVoid:
    "An exit of this wallet voids its vouchers. far withdraw --exit goes on with it, --cancel-exit takes it back.",
  BalanceTooLow: "The escrow holds less of this wallet than the voucher says; the rest waits for the next epoch.",
};

/**
 * Has a voucher paid, through a chain that may be away for a while. The contract pays a nonce once, so trying again does no harm.
 * @returns the transaction, or null where the voucher had been paid before
 * @throws CliError `voucher_refused`, `chain_unavailable` (the voucher is still good), `interrupted`
 */
export async function submitVoucher(chain: FarChain, options: SubmitOptions): Promise<Mined | null> {
  const { voucher, signature, signal, onProgress } = options;
  const hint = "The voucher stays good until it expires; far withdraw goes on with it.";
  for (let isTold = false; ; await pause()) {
    if (signal.aborted) throw new CliError("interrupted", "interrupted", { message: "Not submitted yet.", hint });
    try {
      return await chain.withdrawVoucher({ voucher, signature });
    } catch (error) {
      if (!isChainError(error)) throw error;
      const name = error.revert?.name ?? "";
      if (name === "VoucherUsed") return null;
      const refusal = refusals[name];
      if (refusal !== undefined) throw new CliError("conflict", "voucher_refused", { message: refusal, cause: error });
      if (!error.retryable) throw error;
      if (BigInt(Math.floor(Date.now() / 1_000)) > voucher.expiresAtS)
        throw new CliError("unreachable", "chain_unavailable", { message: "The chain did not answer in time." });
      if (!isTold) onProgress("the chain does not answer; waiting for it");
      isTold = true;
    }
  }
}
