import { type Statement, type Tx, textArray } from "#platform/pg";

export interface NewResolution {
  id: string;
  kind: "posted" | "voided" | "expired";
  digest: string | null;
}

/** A second resolution of one reservation violates the primary key, and with it fails the transaction. */
export const insertResolutions = (tx: Tx, rows: readonly NewResolution[]): Statement =>
  tx`
    INSERT INTO ledger.resolutions (id, kind, digest)
    SELECT * FROM unnest(
      ${textArray(rows.map((row) => row.id))}::text[],
      ${textArray(rows.map((row) => row.kind))}::text[],
      ${textArray(rows.map((row) => row.digest))}::uuid[])`;
