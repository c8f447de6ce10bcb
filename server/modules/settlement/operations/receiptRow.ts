import { payerFields, receiptFields } from "../model/receiptPreimage.ts";
import type { ReceiptNode, ReceiptPart, UnprovenReceipt } from "../settlement.ts";

/** A row of `settlement.receipts` as the driver gives it. */
export interface ReceiptRow {
  task_id: string;
  payer_wallet: string;
  payer_account: string;
  payer_salt: string;
  purpose: "user" | "check";
  nodes: (Omit<ReceiptNode, "amountWei"> & { amountWei: string })[];
  model: string;
  manifest_hash: string | null;
  input_tokens: string;
  output_tokens: string;
  input_micro: string;
  output_micro: string;
  rate8: string;
  asset: "FAR" | "VCU";
  charge_wei: string;
  charge_vcu: string | null;
  operator_wei: string;
  stakers_wei: string;
  treasury_wei: string;
  request_hash: string;
  response_hash: string;
  salt: string;
  created_at: Date;
  commit_id: string;
  epoch: string | null;
}

/** Back to what was committed. */
export const toPart = (row: ReceiptRow): ReceiptPart => ({
  taskId: row.task_id,
  payerWallet: row.payer_wallet,
  payerAccount: row.payer_account,
  payerSalt: row.payer_salt,
  purpose: row.purpose,
  nodes: row.nodes.map((n) => ({ ...n, amountWei: BigInt(n.amountWei) })),
  model: row.model,
  manifestHash: row.manifest_hash,
  inputTokens: Number(row.input_tokens),
  outputTokens: Number(row.output_tokens),
  inputMicro: BigInt(row.input_micro),
  outputMicro: BigInt(row.output_micro),
  rate8: BigInt(row.rate8),
  asset: row.asset,
  chargeWei: BigInt(row.charge_wei),
  chargeVcu: row.charge_vcu === null ? null : BigInt(row.charge_vcu),
  split: {
    operatorWei: BigInt(row.operator_wei),
    stakersWei: BigInt(row.stakers_wei),
    treasuryWei: BigInt(row.treasury_wei),
  },
  requestHash: row.request_hash,
  responseHash: row.response_hash,
  salt: row.salt,
  createdAtMs: row.created_at.getTime(),
});

/** As its owner reads it. */
export function toReceipt(row: ReceiptRow): UnprovenReceipt {
  const part = toPart(row);
  return { ...receiptFields(part), payer: payerFields(part) };
}
