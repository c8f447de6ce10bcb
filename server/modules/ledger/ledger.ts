/**
 * The only record of money. Double entry: every transfer debits one account and credits another of the same asset; nothing is ever
 * updated or deleted but the projections that the entries imply.
 *
 * A task's money is two-phase. States of a reservation:
 * `reserved` (counts against the balance at once) → exactly one of `posted` (actual ≤ reserved, the remainder returns), `voided`, `expired`.
 * The primary key of the resolution enforces "exactly one", not code.
 *
 * Account ids are text, `<asset>:<kind>:<owner>`:
 * - `far:wallet:0x…`  a user's escrow wallet, wei; floor 0; may be frozen by an exit
 * - `far:owner:0x…`   what an operator wallet has earned and not claimed, wei; folded (hot)
 * - `far:pool:stakers`, `far:pool:treasury`  wei; folded (hot)
 * - `far:escrow`      the outside: what the contract holds for all of the above; no floor, mirrors it with the opposite sign
 * - `far:receivable:0x…` what a wallet owes after a clamped settlement
 * - `usd:cap:<keyId>` a key's lifetime cap in micro-dollars at list; `usd:source`, `usd:spent` its counterparts
 * Owner addresses are lower-case.
 */
import type { Contributor, Tx } from "#platform/pg";

/** One account that a reservation draws on. `amount` is in the account's smallest unit. */
export interface ReserveLeg {
  account: string;
  amount: bigint;
  /**
   * Take what there is, down to this, when `amount` is not covered. Legs of one reservation shrink together, by the same
   * share of their span, rounded down, so that a cap and a wallet stay in step.
   */
  amountMin?: bigint;
}
/** Where a posted leg goes; the parts sum to the leg's actual amount exactly. */
export interface PostLeg {
  account: string;
  to: readonly { account: string; amount: bigint }[];
}

/** The group-commit part `funds`. */
export type FundsPart =
  | { kind: "reserve"; id: string; legs: readonly ReserveLeg[]; expiresAtMs: number }
  | { kind: "post"; id: string; legs: readonly PostLeg[] }
  | { kind: "void"; id: string };

/** What a reserve set aside, per leg, in order; empty for post and void. */
export interface FundsOut {
  reserved: readonly bigint[];
}
// Refusals are coded errors: insufficient_funds (402), spend_cap_reached (402), wallet_frozen (402), reservation_not_found,
// reservation_resolved (409), post_exceeds_reserve (500), id_reused (409: the same id with other contents).

export interface AccountBalance {
  account: string;
  asset: string;
  /** credits − debits − reserved. */
  available: bigint;
  reserved: bigint;
  /** credits − debits. */
  posted: bigint;
  frozen: boolean;
}

export interface Transfer {
  /** Derived from its cause (task id, chain event), so that a retry repeats it. */
  id: string;
  debit: string;
  credit: string;
  amount: bigint;
  kind: string;
}

export interface Ledger {
  /** Contributor for the part `funds`; register it first, since the others depend on its decision. */
  contributor: Contributor<FundsPart, FundsOut>;
  /** One atomic set of direct transfers (deposit, exit, claim, cap grant). Replays are no-ops. @throws id_reused, insufficient_funds */
  transfer(tx: Tx, setId: string, transfers: readonly Transfer[]): Promise<{ replayed: boolean }>;
  /** Freezes or thaws a wallet: while frozen nothing is reserved on it; posts and voids of what runs still pass. */
  setFrozen(tx: Tx, account: string, frozen: boolean): Promise<void>;
  balance(account: string): Promise<AccountBalance>;
  balances(accounts: readonly string[]): Promise<AccountBalance[]>;
  /** Transfers of one account, newest first. */
  history(
    account: string,
    page: { cursor?: string; limit: number },
  ): Promise<{ data: (Transfer & { at: Date })[]; nextCursor: string | null }>;
  /** Expires reservations past their time that nobody resolved; returns their ids. Idempotent, safe beside other processes. */
  expire(nowMs: number, limit: number): Promise<string[]>;
  /** Unresolved reservations, for recovery after a crash. */
  open(ids?: readonly string[]): Promise<{ id: string; expiresAt: Date }[]>;
  /** Moves appended credits of hot accounts into their rows. */
  fold(): Promise<void>;
  trialBalance(): Promise<{ asset: string; debits: bigint; credits: bigint }[]>;
  /** Findings against invariants 1, 2 (funds side) and 4 of reliability.md; empty when all is well. */
  audit(): Promise<string[]>;
}
