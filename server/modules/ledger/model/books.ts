/** What the database held when a batch locked it; decisions are made on it in sequence. */

export interface AccountState {
  /** credits − debits − reserved. */
  available: bigint;
  frozen: boolean;
}

export interface ReservationState {
  digest: string;
  accounts: readonly string[];
  amounts: readonly bigint[];
  resolution: { kind: "posted" | "voided" | "expired"; digest: string | null } | null;
}

export interface RefusalState {
  digest: string;
  code: string;
  message: string;
}

export interface Books {
  /** Accounts that exist, hot ones left out. */
  accounts: Map<string, AccountState>;
  reservations: Map<string, ReservationState>;
  refusals: Map<string, RefusalState>;
}

export interface Movement {
  debit: string;
  credit: string;
  amount: bigint;
}

/** What an accepted part changes. */
export type Effect =
  | { kind: "reserved"; digest: string; accounts: readonly string[]; amounts: readonly bigint[] }
  | {
      kind: "resolved";
      resolution: "posted" | "voided" | "expired";
      digest: string | null;
      /** What the reservation had set aside, and now releases. */
      accounts: readonly string[];
      amounts: readonly bigint[];
      movements: readonly Movement[];
    };
