import type { Receipt, ReceiptPart } from "../settlement.ts";

/** A row of `settlement.receipts` as the driver gives it. */
export interface ReceiptRow {
  task_id: string;
  payer_wallet: string;
  payer_account: string;
  nodes: { nodeId: string; owner: string; tokens: number; amountWei: string }[];
  model: string;
  manifest_hash: string | null;
  input_tokens: string;
  output_tokens: string;
  input_micro: string;
  output_micro: string;
  rate8: string;
  score: string;
  charge_wei: string;
  operator_wei: string;
  stakers_wei: string;
  treasury_wei: string;
  request_hash: string;
  response_hash: string;
  salt: string;
  created_at: Date;
  epoch: string | null;
}

/** Back to what was committed. */
export const toPart = (row: ReceiptRow): ReceiptPart => ({
  taskId: row.task_id,
  payerWallet: row.payer_wallet,
  payerAccount: row.payer_account,
  nodes: row.nodes.map((n) => ({ ...n, amountWei: BigInt(n.amountWei) })),
  model: row.model,
  manifestHash: row.manifest_hash,
  inputTokens: Number(row.input_tokens),
  outputTokens: Number(row.output_tokens),
  inputMicro: BigInt(row.input_micro),
  outputMicro: BigInt(row.output_micro),
  rate8: BigInt(row.rate8),
  score: Number(row.score),
  chargeWei: BigInt(row.charge_wei),
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
export const toReceipt = (row: ReceiptRow): Receipt => ({
  task_id: row.task_id,
  payer: { wallet: row.payer_wallet, account: row.payer_account },
  nodes: row.nodes.map((n) => ({ node_id: n.nodeId, owner: n.owner, tokens: n.tokens, amount: n.amountWei })),
  model: row.model,
  manifest_hash: row.manifest_hash,
  input_tokens: Number(row.input_tokens),
  output_tokens: Number(row.output_tokens),
  prices: { input_micro: row.input_micro, output_micro: row.output_micro },
  rate: row.rate8,
  score: Number(row.score),
  charge: row.charge_wei,
  split: { operator: row.operator_wei, stakers: row.stakers_wei, treasury: row.treasury_wei },
  request_hash: row.request_hash,
  response_hash: row.response_hash,
  salt: row.salt,
  created_at: row.created_at.toISOString(),
  epoch: row.epoch === null ? null : Number(row.epoch),
  signatures: null,
});
