import { numberArray, type Statement, type Tx, textArray } from "#platform/pg";

export interface NewTransfer {
  /** Reservation id of a charge, set id of a direct transfer. */
  cause: string;
  line: number;
  /** Null for a charge, whose id follows from cause and line. */
  id: string | null;
  debit: string;
  credit: string;
  amount: bigint;
  kind: string;
}

export const insertTransfers = (tx: Tx, rows: readonly NewTransfer[]): Statement =>
  tx`
    INSERT INTO ledger.transfers (cause, line, id, debit, credit, amount, kind)
    SELECT * FROM unnest(
      ${textArray(rows.map((row) => row.cause))}::text[],
      ${numberArray(rows.map((row) => row.line))}::smallint[],
      ${textArray(rows.map((row) => row.id))}::text[],
      ${textArray(rows.map((row) => row.debit))}::text[],
      ${textArray(rows.map((row) => row.credit))}::text[],
      ${numberArray(rows.map((row) => row.amount))}::numeric[],
      ${textArray(rows.map((row) => row.kind))}::text[])`;
