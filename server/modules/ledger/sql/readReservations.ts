import { type Statement, type Tx, textArray } from "#platform/pg";

export interface ReservationRow {
  id: string;
  digest: string | null;
  /** Array literals; `account,account` and `1,2` between braces. */
  accounts: string | null;
  amounts: string | null;
  resolution: "posted" | "voided" | "expired" | null;
  resolution_digest: string | null;
  refusal_digest: string | null;
  code: string | null;
  message: string | null;
}

/**
 * What is known of these ids. Sent after the accounts are locked, so it sees what another process committed while we waited: two
 * resolutions of one reservation lock the same accounts first. Arrays come as text; splitting that costs a fraction of the
 * driver's array parser.
 */
export const readReservations = (tx: Tx, ids: readonly string[]): Statement =>
  tx<ReservationRow[]>`
    SELECT i.id, r.digest, array_to_string(r.accounts, ',') AS accounts, array_to_string(r.amounts, ',') AS amounts,
           s.kind AS resolution, s.digest AS resolution_digest, f.digest AS refusal_digest, f.code, f.message
    FROM unnest(${textArray(ids)}::text[]) AS i (id)
    LEFT JOIN ledger.reservations r ON r.id = i.id
    LEFT JOIN ledger.resolutions s ON s.id = i.id
    LEFT JOIN ledger.refusals f ON f.id = i.id
    WHERE r.id IS NOT NULL OR f.id IS NOT NULL` as unknown as Statement;
