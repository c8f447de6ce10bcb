export { createEarnings } from "./create.ts";
export type { EarnedPart, Earnings, EarningsSources, Mark, OwnerSums, UnpaidAttempt } from "./earnings.ts";
