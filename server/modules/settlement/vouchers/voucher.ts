import type { Voucher } from "@farlabs/chain";
import type { Withdrawal } from "@farlabs/protocol";
import type { Hex } from "viem";

/** A row of `settlement.vouchers` as the driver gives it. */
export interface VoucherRow {
  id: string;
  wallet: string;
  amount_wei: string;
  nonce: string;
  exit_counter: string;
  expires_at: Date;
  signature: string;
  state: Withdrawal["state"];
  created_at: Date;
  closed_at: Date | null;
  tx_hash: string | null;
}

/** What the contract is given. */
export const toVoucher = (row: VoucherRow): Voucher => ({
  wallet: row.wallet as Hex,
  amountWei: BigInt(row.amount_wei),
  nonce: BigInt(row.nonce),
  exitCounter: BigInt(row.exit_counter),
  expiresAtS: BigInt(Math.floor(row.expires_at.getTime() / 1000)),
});

/** As its owner reads it. A signature is shown only while it is good for something. */
export const toView = (row: VoucherRow): Withdrawal => ({
  id: row.id,
  wallet: row.wallet,
  amount: row.amount_wei,
  nonce: row.nonce,
  exit_counter: row.exit_counter,
  expires_at: Math.floor(row.expires_at.getTime() / 1000),
  signature: row.state === "open" ? row.signature : null,
  state: row.state,
  created_at: row.created_at.toISOString(),
  closed_at: row.closed_at?.toISOString() ?? null,
  transaction_hash: row.tx_hash,
});
