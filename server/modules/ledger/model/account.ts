/** What an account id says about the account (ledger.ts lists the kinds). */

/** `far` in `far:wallet:0x…`. */
export const assetOf = (account: string): string => account.slice(0, Math.max(0, account.indexOf(":")));

const isSpendCap = (account: string): boolean => account.startsWith("usd:cap:");

/**
 * Hot accounts take part in almost every task, so a lock on them would queue all tasks: what they receive is appended and folded later.
 */
export const isHot = (account: string): boolean =>
  account.startsWith("far:owner:") ||
  account.startsWith("far:pool:") ||
  account === "far:escrow" ||
  account === "usd:source" ||
  account === "usd:spent";

/** Accounts that stand for the outside, or for what is owed to us, go below zero; every other one never does. */
export const hasFloor = (account: string): boolean =>
  !(
    account === "far:escrow" ||
    account === "usd:source" ||
    account === "usd:spent" ||
    account.startsWith("far:receivable:")
  );

/** The refusal that names what is missing. */
export const shortOf = (account: string): "spend_cap_reached" | "insufficient_funds" =>
  isSpendCap(account) ? "spend_cap_reached" : "insufficient_funds";
