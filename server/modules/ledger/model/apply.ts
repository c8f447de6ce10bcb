import type { FundsPart } from "../ledger.ts";
import { isHot } from "./account.ts";
import type { Books, Effect } from "./books.ts";
import type { Decision } from "./decide.ts";

function change(books: Books, account: string, delta: bigint): void {
  if (isHot(account)) return;
  const state = books.accounts.get(account) ?? { available: 0n, frozen: false };
  books.accounts.set(account, { ...state, available: state.available + delta });
}

function applyEffect(books: Books, id: string, effect: Effect): void {
  const { accounts, amounts } = effect;
  if (effect.kind === "reserved") {
    accounts.forEach((account, index) => {
      change(books, account, -(amounts[index] ?? 0n));
    });
    books.reservations.set(id, { digest: effect.digest, accounts, amounts, resolution: null });
    return;
  }
  accounts.forEach((account, index) => {
    change(books, account, amounts[index] ?? 0n);
  });
  for (const movement of effect.movements) {
    change(books, movement.debit, -movement.amount);
    change(books, movement.credit, movement.amount);
  }
  const reservation = books.reservations.get(id);
  if (reservation !== undefined) {
    books.reservations.set(id, { ...reservation, resolution: { kind: effect.resolution, digest: effect.digest } });
  }
}

/** Refusals that are remembered; the others follow from what the books hold anyway. */
const remembered = new Set<string>([
  "insufficient_funds",
  "spend_cap_reached",
  "treasury_leg_unavailable",
  "wallet_frozen",
]);
export const isRemembered = (part: FundsPart, code: string): boolean => part.kind === "reserve" && remembered.has(code);

/** Carries a decision into the books, so that the next part of the batch is decided on what this one left. */
export function apply(books: Books, part: FundsPart, outcome: { decision: Decision; digest: string }): void {
  const { decision, digest } = outcome;
  if (decision.kind === "accepted") applyEffect(books, part.id, decision.effect);
  else if (decision.kind === "refused" && isRemembered(part, decision.code) && !books.refusals.has(part.id)) {
    books.refusals.set(part.id, { digest, code: decision.code, message: decision.message ?? "" });
  }
}
