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
 * - `far:voucher:0x…` what of a wallet's money is set aside for vouchers that were signed, wei
 * - `far:task:0x…`    what an on-chain `createTask` escrowed, by the task's id, wei; pays for one task here
 * - `far:float`       treasury money that tasks may reserve on: checks, and the FAR leg of who pays in VCU; filled from the pool in slices
 * - `far:held:<nodeId>` what a node below the minimum stake earned, kept for its stake, wei; folded (hot)
 * - `far:owner:0x…`   what an operator wallet has earned and not claimed, wei; folded (hot)
 * - `far:pool:stakers`, `far:pool:treasury`  wei; folded (hot)
 * - `far:escrow`      the outside: what the contract holds for all of the above; no floor, mirrors it with the opposite sign
 * - `far:receivable:0x…` what a wallet owes after a clamped settlement
 * - `usd:cap:<keyId>` a key's lifetime cap in micro-dollars at list; `usd:source`, `usd:spent` its counterparts
 * - `vcu:account:<accountId>` an account's compute credits, in 10⁻⁴ VCU; `vcu:source`, `vcu:spent` their counterparts
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
  | {
      kind: "reserve";
      id: string;
      legs: readonly ReserveLeg[];
      /** Taken instead where the first of `legs` is not covered; then nothing of `legs` is. */
      otherwise?: readonly ReserveLeg[];
      expiresAtMs: number;
    }
  | { kind: "post"; id: string; legs: readonly PostLeg[] }
  | { kind: "void"; id: string };

/** What a reserve set aside, per leg, in order; empty for post and void. */
export interface FundsOut {
  reserved: readonly bigint[];
  /** Whether they are `otherwise`'s. */
  otherwise: boolean;
}
// Refusals are coded errors: insufficient_funds, spend_cap_reached, treasury_leg_unavailable, wallet_frozen (402), reservation_not_found,
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

export interface CreditGrant {
  id: string;
  accountId: string;
  /** Units of 10⁻⁴ VCU. */
  vcu: bigint;
  /** Why, for the record. */
  reason: string;
  /** Account of who grants. */
  by: string;
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
  /** Accounts whose id begins so and that hold something. */
  holders(prefix: string): Promise<string[]>;
  /**
   * Fills the float from the treasury's pool once it is half empty, as far as the pool goes and to no more than `treasuryFree` says that the
   * treasury has on chain (null: not known). Idempotent, safe beside other processes.
   */
  refillFloat(treasuryFree?: () => Promise<bigint | null>): Promise<void>;
  /** Grants VCU; the same id again is a replay. Told of as `ledger.credits_granted`. @throws id_reused */
  grantCredits(grant: CreditGrant): Promise<{ replayed: boolean }>;
  /** Unresolved reservations, for recovery after a crash. */
  open(ids?: readonly string[]): Promise<{ id: string; expiresAt: Date }[]>;
  /** Moves appended credits of hot accounts into their rows. */
  fold(): Promise<void>;
  trialBalance(): Promise<{ asset: string; debits: bigint; credits: bigint }[]>;
  /** Findings against invariants 1, 2 (funds side) and 4 of ARCHITECTURE.md; empty when all is well. */
  audit(): Promise<string[]>;
}
