/** Checks receipts offline, in Node and in browsers. The form, for other implementations: docs/receipts.md. */
export { isReceipt } from "./form.ts";
export type {
  CheckStatus,
  GatewayProof,
  InclusionProof,
  MissingProof,
  NodeProof,
  Receipt,
  ReceiptCheck,
  ReceiptNode,
  ReceiptPayer,
  ReceiptReport,
} from "./types.ts";
export { type VerifyOptions, verifyReceipt } from "./verifyReceipt.ts";
