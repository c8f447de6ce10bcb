import { type Statement, type Tx, textArray } from "#platform/pg";

export interface NewRefusal {
  id: string;
  digest: string;
  code: string;
  message: string;
}

/** The first refusal of an id stands. */
export const insertRefusals = (tx: Tx, rows: readonly NewRefusal[]): Statement =>
  tx`
    INSERT INTO ledger.refusals (id, digest, code, message)
    SELECT * FROM unnest(
      ${textArray(rows.map((row) => row.id))}::text[],
      ${textArray(rows.map((row) => row.digest))}::uuid[],
      ${textArray(rows.map((row) => row.code))}::text[],
      ${textArray(rows.map((row) => row.message))}::text[])
    ON CONFLICT (id) DO NOTHING`;
