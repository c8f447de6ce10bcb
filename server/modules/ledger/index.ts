export { createLedger } from "./create.ts";
export { type LedgerErrorCode, ledgerErrors } from "./errors.ts";
export { balanceArea } from "./http/balance.ts";
export { type CreditsAreaDeps, creditsArea } from "./http/credits.ts";
export type {
  AccountBalance,
  CreditGrant,
  FundsOut,
  FundsPart,
  Ledger,
  PostLeg,
  ReserveLeg,
  Transfer,
} from "./ledger.ts";
export { accountIds } from "./model/accountIds.ts";
export { formatAmount } from "./model/amount.ts";
export { type Split, type SplitNode, splitCharge } from "./model/split.ts";
export { CREDITS_GRANTED } from "./operations/grantCredits.ts";
