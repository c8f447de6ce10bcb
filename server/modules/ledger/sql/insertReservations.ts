import { numberArray, type Statement, type Tx, textArray } from "#platform/pg";

export interface NewReservation {
  id: string;
  digest: string;
  accounts: readonly string[];
  amounts: readonly bigint[];
  expiresAtMs: number;
}

/** One row per reservation. Its arrays travel as text and are cast, since `unnest` would flatten arrays of arrays. */
export const insertReservations = (tx: Tx, rows: readonly NewReservation[]): Statement =>
  tx`
    INSERT INTO ledger.reservations (id, digest, accounts, amounts, expires_at)
    SELECT id, digest, accounts::text[], amounts::numeric[], to_timestamp(expires_ms / 1000)
    FROM unnest(
      ${textArray(rows.map((row) => row.id))}::text[],
      ${textArray(rows.map((row) => row.digest))}::uuid[],
      ${textArray(rows.map((row) => textArray(row.accounts)))}::text[],
      ${textArray(rows.map((row) => numberArray(row.amounts)))}::text[],
      ${numberArray(rows.map((row) => row.expiresAtMs))}::float8[]
    ) AS n (id, digest, accounts, amounts, expires_ms)`;
