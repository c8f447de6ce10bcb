export { createEarnings } from "./create.ts";
export type { EarnedPart, Earnings, EarningsSources, Mark, NodeTotals, UnpaidAttempt } from "./earnings.ts";
