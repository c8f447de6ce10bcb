import type { Row } from "postgres";
import { fromNumeric } from "#platform/pg";
import type { Books, ReservationState } from "../model/books.ts";
import type { AccountRow } from "../sql/lockAccounts.ts";
import type { ReservationRow } from "../sql/readReservations.ts";

/** The database writes a uuid with dashes. */
const plain = (uuid: string): string => uuid.replaceAll("-", "");

const split = (list: string): string[] => (list === "" ? [] : list.split(","));

function reservationOf(row: ReservationRow): ReservationState | null {
  if (row.digest === null) return null;
  const resolution = row.resolution;
  return {
    digest: plain(row.digest),
    accounts: split(row.accounts ?? ""),
    amounts: split(row.amounts ?? "").map(BigInt),
    resolution:
      resolution === null
        ? null
        : { kind: resolution, digest: row.resolution_digest === null ? null : plain(row.resolution_digest) },
  };
}

/** Rows of the lock statements → books. */
export function readBooks(accountRows: readonly Row[], reservationRows: readonly Row[]): Books {
  const books: Books = { accounts: new Map(), reservations: new Map(), refusals: new Map() };
  for (const row of accountRows as readonly AccountRow[]) {
    books.accounts.set(row.id, { available: fromNumeric(row.available), frozen: row.frozen });
  }
  for (const row of reservationRows as readonly ReservationRow[]) {
    const reservation = reservationOf(row);
    if (reservation !== null) books.reservations.set(row.id, reservation);
    if (row.refusal_digest !== null) {
      books.refusals.set(row.id, {
        digest: plain(row.refusal_digest),
        code: row.code ?? "",
        message: row.message ?? "",
      });
    }
  }
  return books;
}
