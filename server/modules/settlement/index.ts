/** Receipts, epochs, solvency and the chain listener. */
export type {
  AuditReport,
  EpochInfo,
  Finding,
  OwnerEarnings,
  Receipt,
  ReceiptNode,
  ReceiptPart,
  Settlement,
} from "./settlement.ts";
