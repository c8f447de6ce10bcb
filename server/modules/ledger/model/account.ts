/** What an account id says about the account (ledger.ts lists the kinds). */
import { accountIds } from "./accountIds.ts";

/** `far` in `far:wallet:0x…`. */
export const assetOf = (account: string): string => account.slice(0, Math.max(0, account.indexOf(":")));

const isSpendCap = (account: string): boolean => account.startsWith("usd:cap:");

/** Where caps and credits come from and go to. */
const OUTSIDE: ReadonlySet<string> = new Set(["usd:source", "usd:spent", "vcu:source", "vcu:spent"]);

/**
 * Hot accounts take part in almost every task, so a lock on them would queue all tasks: what they receive is appended and folded later.
 */
export const isHot = (account: string): boolean =>
  account.startsWith("far:owner:") ||
  account.startsWith("far:held:") ||
  account.startsWith("far:pool:") ||
  account === accountIds.escrow ||
  OUTSIDE.has(account);

/** Accounts that stand for the outside, or for what is owed to us, go below zero; every other one never does. */
export const hasFloor = (account: string): boolean =>
  !(account === accountIds.escrow || OUTSIDE.has(account) || account.startsWith("far:receivable:"));

/** The refusal that names what is missing. */
export function shortOf(account: string): "spend_cap_reached" | "treasury_leg_unavailable" | "insufficient_funds" {
  if (isSpendCap(account)) return "spend_cap_reached";
  return account === accountIds.float ? "treasury_leg_unavailable" : "insufficient_funds";
}
