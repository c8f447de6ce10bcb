import type { Sql, Tx } from "#platform/pg";
import { createChanges } from "../model/changes.ts";
import { updateAccounts } from "../sql/changeAccounts.ts";
import { insertResolutions } from "../sql/insertResolutions.ts";
import { lockAccounts } from "../sql/lockAccounts.ts";
import { readReservations } from "../sql/readReservations.ts";
import { readBooks } from "./readBooks.ts";

/** How far the sweep's mark stays behind: more than processes' clocks may differ, so no reservation is written behind it. */
const MARK_LAG = "15 minutes";
/** Reservations resolved in one transaction. */
const CHUNK = 200;

/** Overdue and unresolved, oldest first. Each reservation is looked at once, when its time has passed, since the mark moves on. */
async function overdue(sql: Sql, nowMs: number, limit: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT r.id FROM ledger.reservations r
    WHERE r.expires_at > (SELECT expired_to FROM ledger.sweep) AND r.expires_at <= to_timestamp(${nowMs / 1000}::float8)
      AND NOT EXISTS (SELECT FROM ledger.resolutions s WHERE s.id = r.id)
    ORDER BY r.expires_at LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** @returns the ids that this call expired; others were resolved meanwhile */
async function expireChunk(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const accounts = await lockAccounts(tx, [], ids);
  const books = readBooks(accounts, await readReservations(tx, ids));
  const open = [...books.reservations].filter(([, reservation]) => reservation.resolution === null);
  if (open.length === 0) return [];
  const changes = createChanges();
  for (const [, { accounts: drawn, amounts }] of open) {
    changes.effect({ kind: "resolved", resolution: "expired", digest: null, accounts: drawn, amounts, movements: [] });
  }
  await insertResolutions(
    tx,
    open.map(([id]) => ({ id, kind: "expired", digest: null })),
  );
  const { known } = changes.cold(() => true);
  if (known.length > 0) await updateAccounts(tx, known);
  return open.map(([id]) => id);
}

async function moveMark(sql: Sql, nowMs: number): Promise<void> {
  await sql`
    UPDATE ledger.sweep
    SET expired_to = least(now(), to_timestamp(${nowMs / 1000}::float8)) - ${MARK_LAG}::interval
    WHERE expired_to < least(now(), to_timestamp(${nowMs / 1000}::float8)) - ${MARK_LAG}::interval`;
}

const forgetRefusals = (sql: Sql, limit: number) => sql`
  DELETE FROM ledger.refusals
  WHERE id IN (SELECT id FROM ledger.refusals WHERE at < now() - interval '1 hour' ORDER BY at LIMIT ${limit})`;

/** Expires what is overdue, moves the mark when all of it was found, and forgets old refusals. */
export async function expire(sql: Sql, nowMs: number, limit: number): Promise<string[]> {
  const ids = await overdue(sql, nowMs, limit);
  const expired: string[] = [];
  for (let at = 0; at < ids.length; at += CHUNK) {
    const chunk = ids.slice(at, at + CHUNK);
    expired.push(...(await sql.begin((tx) => expireChunk(tx as unknown as Tx, chunk))));
  }
  if (ids.length < limit) await moveMark(sql, nowMs);
  await forgetRefusals(sql, limit);
  return expired;
}

/** Unresolved reservations; all, or those among `ids`. */
export async function open(sql: Sql, ids?: readonly string[]): Promise<{ id: string; expiresAt: Date }[]> {
  const rows = await sql<{ id: string; expires_at: Date }[]>`
    SELECT r.id, r.expires_at FROM ledger.reservations r
    WHERE ${ids === undefined ? sql`r.expires_at > (SELECT expired_to FROM ledger.sweep)` : sql`r.id = ANY (${ids as string[]}::text[])`}
      AND NOT EXISTS (SELECT FROM ledger.resolutions s WHERE s.id = r.id)
    ORDER BY r.expires_at`;
  return rows.map((row) => ({ id: row.id, expiresAt: row.expires_at }));
}
