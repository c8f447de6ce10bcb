export type { AccountBalance, FundsOut, FundsPart, Ledger, PostLeg, ReserveLeg, Transfer } from "./ledger.ts";
