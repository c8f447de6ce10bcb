/** Receipts, epochs, solvency and the chain listener. */
export type { AuditSources, TaskFact } from "./audit/sources.ts";
export { type SettlementConfig, settlementConfig } from "./config.ts";
export { createSettlement, type SettlementDeps } from "./createSettlement.ts";
export { settlementErrors } from "./errors.ts";
export { settlementTopics } from "./events.ts";
export { receiptsArea } from "./http/receipts.ts";
export { type CrashPointName, crashPoints, type Subscribers } from "./operations/context.ts";
export type {
  AuditReport,
  EpochInfo,
  Finding,
  FindingView,
  NodeEarnings,
  OwnerEarnings,
  PayeeProof,
  Receipt,
  ReceiptNode,
  ReceiptPart,
  Settlement,
  SettlementFigures,
  SolvencyReport,
  UnsettledNodes,
  WithdrawRequest,
} from "./settlement.ts";
