import { coded } from "#kernel";
import { textArray } from "#platform/pg";
import type { RevenueEntry, Role, StreamsQuery, StreamType } from "../revenue.ts";
import type { Context } from "./context.ts";

interface Row {
  seq: string;
  stream_type: StreamType;
  role: Role;
  wallet: string;
  user_id: string | null;
  amount_far: string;
  amount_usd: string | null;
  transaction_hash: string | null;
  created_at: Date;
}

const CURSOR_MAX = "9223372036854775807";

/** What these wallets earned, the newest first. @throws invalid_request for a foreign cursor */
export async function readStreams(
  { sql }: Context,
  wallets: readonly string[],
  { stream_type, cursor = CURSOR_MAX, limit }: StreamsQuery,
): Promise<{ data: RevenueEntry[]; nextCursor: string | null }> {
  if (cursor !== CURSOR_MAX && !/^\d{1,18}$/.test(cursor)) {
    throw coded("invalid_request", { message: "This cursor is not one of ours.", param: "cursor" });
  }
  const only = stream_type === undefined ? sql`` : sql`and stream_type = ${stream_type}`;
  const rows = await sql<Row[]>`
    select seq::text, stream_type, role, wallet, user_id, amount_far::text, trunc(amount_usd, 6)::text as amount_usd, transaction_hash, created_at
    from analytics.revenue_streams as s
    where wallet = any(${textArray(wallets)}::text[]) and wallet <> '' ${only} and s.seq < ${cursor}
    order by s.seq desc limit ${limit + 1}`;
  const page = rows.slice(0, limit);
  const data = page.map(({ seq: _, created_at, ...row }) => ({ ...row, created_at: created_at.toISOString() }));
  return { data, nextCursor: rows.length > limit ? (page.at(-1)?.seq ?? null) : null };
}
