/** Checks receipts offline, in Node and in browsers. The form, for other implementations: docs/receipts.md. */
export type { GatewayProof, InclusionProof, NodeProof } from "@farlabs/protocol";
export { isReceipt } from "./form.ts";
export type {
  CheckStatus,
  MissingProof,
  Receipt,
  ReceiptCheck,
  ReceiptNode,
  ReceiptPayer,
  ReceiptReport,
} from "./types.ts";
export { type VerifyOptions, verifyReceipt } from "./verifyReceipt.ts";
