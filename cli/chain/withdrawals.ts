import type { Voucher } from "@farlabs/chain";
import type { FarClient, Withdrawal } from "@farlabs/sdk";
import type { Address, Hex } from "viem";
import { CliError } from "../errors.ts";

/** A voucher that is about to expire could expire on the way. */
const MARGIN_S = 60;

/**
 * What the contract is given.
 * @throws CliError `foreign_voucher` when it is for another wallet, `voucher_closed` when it has no signature any more
 */
export function signedVoucherOf(withdrawal: Withdrawal, wallet: Address): { voucher: Voucher; signature: Hex } {
  if (withdrawal.wallet.toLowerCase() !== wallet.toLowerCase()) {
    const message = `The network signed for ${withdrawal.wallet} instead of ${wallet}; nothing was sent.`;
    throw new CliError("failed", "foreign_voucher", { message });
  }
  const { id, state, signature } = withdrawal;
  if (signature === null) {
    throw new CliError("conflict", "voucher_closed", { message: `The withdrawal ${id} is ${state}.` });
  }
  const voucher = {
    wallet,
    amountWei: BigInt(withdrawal.amount),
    nonce: BigInt(withdrawal.nonce),
    exitCounter: BigInt(withdrawal.exit_counter),
    expiresAtS: BigInt(withdrawal.expires_at),
  };
  return { voucher, signature: signature as Hex };
}

/** A withdrawal that an earlier call began and did not finish, or null. @throws FarApiError */
export async function openWithdrawal(
  client: FarClient,
  at: { wallet: Address; signal: AbortSignal },
): Promise<Withdrawal | null> {
  const page = await client.withdrawals.list({}, { signal: at.signal });
  const isOpen = (w: Withdrawal): boolean =>
    w.state === "open" &&
    w.wallet.toLowerCase() === at.wallet.toLowerCase() &&
    w.expires_at > Date.now() / 1_000 + MARGIN_S;
  return page.data.find(isOpen) ?? null;
}
