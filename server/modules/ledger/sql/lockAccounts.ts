import { type Statement, type Tx, textArray } from "#platform/pg";

export interface AccountRow {
  id: string;
  available: string;
  frozen: boolean;
}

/**
 * Locks and reads the accounts named, and those that the reservations named had drawn on, in the order of their ids: two batches
 * (also of two processes) that share accounts queue, and cannot deadlock.
 */
export const lockAccounts = (tx: Tx, accounts: readonly string[], reservations: readonly string[]): Statement =>
  tx<AccountRow[]>`
    SELECT id, credits - debits - reserved AS available, frozen
    FROM ledger.accounts
    WHERE id = ANY (${textArray(accounts)}::text[] || ARRAY(
      SELECT unnest(r.accounts) FROM ledger.reservations r WHERE r.id = ANY (${textArray(reservations)}::text[])))
    ORDER BY id
    FOR UPDATE` as unknown as Statement;
