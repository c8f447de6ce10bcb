import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import type { Transfer } from "../ledger.ts";

interface HistoryRow {
  seq: string;
  cause: string;
  line: number;
  id: string | null;
  debit: string;
  credit: string;
  amount: string;
  kind: string;
  at: Date;
}

const LIMIT_MAX = 500;

/** Credits of the pools are not indexed (see the migration); theirs are found by walking the newest transfers. */
const isPool = (account: string): boolean => account.startsWith("far:pool:") || account === "usd:spent";

const seqOf = (cursor: string | undefined): string => {
  if (cursor === undefined) return "9223372036854775807";
  if (!/^\d{1,18}$/.test(cursor))
    throw coded("invalid_request", { message: "The cursor is not one of ours.", param: "cursor" });
  return cursor;
};

/** Newest first; the cursor is the last row's sequence number, so a page costs the same however deep it lies. */
export async function history(
  sql: Sql,
  account: string,
  page: { cursor?: string; limit: number },
): Promise<{ data: (Transfer & { at: Date })[]; nextCursor: string | null }> {
  const limit = Math.max(1, Math.min(page.limit, LIMIT_MAX));
  const before = seqOf(page.cursor);
  const credits = isPool(account)
    ? sql`SELECT * FROM ledger.transfers WHERE credit = ${account} AND seq < ${before} ORDER BY seq DESC LIMIT ${limit}`
    : sql`SELECT * FROM ledger.transfers WHERE credit = ${account} AND credit NOT LIKE 'far:pool:%' AND credit <> 'usd:spent'
            AND seq < ${before} ORDER BY seq DESC LIMIT ${limit}`;
  const rows = await sql<HistoryRow[]>`
    SELECT * FROM (
      (SELECT * FROM ledger.transfers WHERE debit = ${account} AND seq < ${before} ORDER BY seq DESC LIMIT ${limit})
      UNION ALL (${credits})
    ) AS page ORDER BY seq DESC LIMIT ${limit}`;
  const data = rows.map((row) => ({
    id: row.id ?? `charge:${row.cause}:${row.line}`,
    debit: row.debit,
    credit: row.credit,
    amount: BigInt(row.amount),
    kind: row.kind,
    at: row.at,
  }));
  return { data, nextCursor: rows.length === limit ? (rows.at(-1)?.seq ?? null) : null };
}
