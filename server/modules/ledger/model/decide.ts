/**
 * The rules of reserve, post and void: a pure function of the books and one part. Outcomes in order of precedence:
 * reserve — replayed or refused again · id_reused · wallet_frozen · insufficient_funds, spend_cap_reached or treasury_leg_unavailable
 *   (first leg short; where that is the very first and there are others to take instead, they decide) · reserved;
 * post, void — reservation_not_found · replayed · reservation_resolved · post_exceeds_reserve · resolved.
 */
import { unreachable } from "#kernel";
import type { LedgerErrorCode } from "../errors.ts";
import type { FundsPart, ReserveLeg } from "../ledger.ts";
import { assetOf, isHot, shortOf } from "./account.ts";
import { accountIds } from "./accountIds.ts";
import { formatAmount } from "./amount.ts";
import type { Books, Effect, Movement, ReservationState } from "./books.ts";
import { shrink } from "./shrink.ts";

export type Decision =
  | { kind: "accepted"; effect: Effect; reserved: readonly bigint[]; otherwise: boolean }
  | { kind: "replayed"; reserved: readonly bigint[]; otherwise: boolean }
  | { kind: "refused"; code: LedgerErrorCode; message: string | null; internal?: string };

type Reserve = Extract<FundsPart, { kind: "reserve" }>;
type Post = Extract<FundsPart, { kind: "post" }>;

const refused = (code: LedgerErrorCode, message: string | null = null): Decision => ({
  kind: "refused",
  code,
  message,
});

const NO_ACCOUNT = { available: 0n, frozen: false };

function shortMessage(leg: ReserveLeg, available: bigint): string | null {
  // What the treasury holds is no caller's business.
  if (leg.account === accountIds.float) return null;
  const asset = assetOf(leg.account);
  const needed = formatAmount(asset, leg.amountMin ?? leg.amount);
  const held = formatAmount(asset, available < 0n ? 0n : available);
  return shortOf(leg.account) === "spend_cap_reached"
    ? `This needs ${needed} of the API key's spend cap, and ${held} of it is left.`
    : `This needs ${needed}, and ${held} is available.`;
}

function decideReserve(books: Books, part: Reserve, digest: string): Decision {
  const before = books.reservations.get(part.id);
  if (before !== undefined) {
    if (before.digest !== digest) return refused("id_reused");
    const otherwise = part.otherwise !== undefined && before.accounts[0] !== part.legs[0]?.account;
    return { kind: "replayed", reserved: before.amounts, otherwise };
  }
  const refusal = books.refusals.get(part.id);
  if (refusal !== undefined) {
    return refusal.digest === digest ? refused(refusal.code as LedgerErrorCode, refusal.message) : refused("id_reused");
  }
  const first = setAside(books, part.legs, digest);
  const { otherwise } = part;
  if (otherwise === undefined || first.kind === "set" || first.shortLeg !== 0) return decisionOf(first, false);
  return decisionOf(setAside(books, otherwise, digest), true);
}

type SetAside =
  | { kind: "set"; effect: Effect; reserved: readonly bigint[] }
  | { kind: "refused"; shortLeg: number | null; decision: Decision };

const decisionOf = (found: SetAside, otherwise: boolean): Decision =>
  found.kind === "set"
    ? { kind: "accepted", effect: found.effect, reserved: found.reserved, otherwise }
    : found.decision;

function setAside(books: Books, legs: readonly ReserveLeg[], digest: string): SetAside {
  const accounts = legs.map((leg) => leg.account);
  const unfit = accounts.some((account, index) => isHot(account) || accounts.indexOf(account) !== index);
  if (unfit) throw new Error(`a reservation draws on each account once, and on no hot one: ${accounts.join(", ")}`);
  const states = legs.map((leg) => books.accounts.get(leg.account) ?? NO_ACCOUNT);
  if (states.some((state) => state.frozen))
    return { kind: "refused", shortLeg: null, decision: refused("wallet_frozen") };
  const amounts = shrink(
    legs,
    states.map((state) => state.available),
  );
  if (typeof amounts === "number") {
    const leg = legs[amounts] as ReserveLeg;
    const decision = refused(shortOf(leg.account), shortMessage(leg, states[amounts]?.available ?? 0n));
    return { kind: "refused", shortLeg: amounts, decision };
  }
  return { kind: "set", effect: { kind: "reserved", digest, accounts, amounts }, reserved: amounts };
}

/** The movements of a post, or null when a leg takes more than was reserved. @throws Error when a leg crosses assets, which is a bug */
function movementsOf(part: Post, reservation: ReservationState): Movement[] | null {
  const movements: Movement[] = [];
  const left = new Map(reservation.accounts.map((account, index) => [account, reservation.amounts[index] ?? 0n]));
  for (const leg of part.legs) {
    for (const to of leg.to) {
      if (to.amount < 0n || to.account === leg.account || assetOf(to.account) !== assetOf(leg.account)) {
        throw new Error(`not a movement: ${to.amount} from ${leg.account} to ${to.account}`);
      }
      const remaining = (left.get(leg.account) ?? 0n) - to.amount;
      if (remaining < 0n) return null;
      left.set(leg.account, remaining);
      if (to.amount > 0n) movements.push({ debit: leg.account, credit: to.account, amount: to.amount });
    }
  }
  return movements;
}

function decideResolve(books: Books, part: Exclude<FundsPart, Reserve>, digest: string): Decision {
  const reservation = books.reservations.get(part.id);
  if (reservation === undefined) return refused("reservation_not_found");
  const resolution = part.kind === "post" ? "posted" : "voided";
  const before = reservation.resolution;
  if (before !== null) {
    const same = before.kind === resolution && before.digest === digest;
    return same
      ? { kind: "replayed", reserved: [], otherwise: false }
      : refused("reservation_resolved", `This reservation was already ${before.kind}.`);
  }
  const movements = part.kind === "post" ? movementsOf(part, reservation) : [];
  if (movements === null) return refused("post_exceeds_reserve");
  const { accounts, amounts } = reservation;
  return {
    kind: "accepted",
    effect: { kind: "resolved", resolution, digest, accounts, amounts, movements },
    reserved: [],
    otherwise: false,
  };
}

/** Decides one part; changes nothing. @throws Error for a part that only a bug can make */
export function decide(books: Books, part: FundsPart, digest: string): Decision {
  switch (part.kind) {
    case "reserve":
      return decideReserve(books, part, digest);
    case "post":
    case "void":
      return decideResolve(books, part, digest);
    default:
      return unreachable(part);
  }
}
