import type { GatewayProof, InclusionProof, NodeProof } from "@farlabs/protocol";

/** A receipt as the network gives it (docs/receipts.md). Amounts are decimal strings, hashes and addresses lower-case hex. */
export interface ReceiptNode {
  /** Wei. */
  amount: string;
  attempt: number;
  /** Earned into the node's held stake. */
  held: boolean;
  node_id: string;
  output_hash: string;
  owner: string;
  /** Hundredths, 0–10 000. */
  score: number;
  tokens: number;
  /** Null where the node was cut off before its result. */
  tokens_claimed: number | null;
}

/** Why a node's signature is not there, in words. */
export interface MissingProof {
  missing: string;
}

/** Who paid, and what for: `check` where the network itself asked, to examine a node. */
export interface ReceiptPayer {
  account: string;
  purpose: "user" | "check";
  /** Of the payer's hash alone. */
  salt: string;
  /** An address, `treasury`, or `task:` and a hash. */
  wallet: string;
}

export interface Receipt {
  asset: "FAR" | "VCU";
  /** Wei, whatever the user paid in. */
  charge: string;
  /** Units of 10⁻⁴ VCU. */
  charge_vcu: string | null;
  /** Unix time, milliseconds. */
  created_at: number;
  form: "far-receipt-1";
  input_tokens: number;
  manifest_hash: string | null;
  model: string;
  nodes: ReceiptNode[];
  output_tokens: number;
  payer_hash: string;
  /** Micro-dollars per 1 M tokens. */
  prices: { input_micro: string; output_micro: string };
  /** USD per FAR, 8 decimals. */
  rate: string;
  request_hash: string;
  response_hash: string;
  salt: string;
  /** Wei. */
  split: { operator: string; stakers: string; treasury: string };
  task_id: string;
  /** Absent in the copy that nodes get. */
  payer?: ReceiptPayer;
  proof: { gateway: GatewayProof; nodes: (NodeProof | MissingProof)[]; inclusion: InclusionProof | null };
}

export type CheckStatus = "ok" | "failed" | "not_checked";

/** One thing that was looked at, and what was found, in a sentence. */
export interface ReceiptCheck {
  name: string;
  status: CheckStatus;
  message: string;
}

export interface ReceiptReport {
  /** Nothing failed. What was not checked is among the checks. */
  ok: boolean;
  checks: ReceiptCheck[];
}
