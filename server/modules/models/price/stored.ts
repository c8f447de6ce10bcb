import type { Sql } from "#platform/pg";
import type { Price } from "./guard.ts";

/** What was last accepted, by this process or another; null for nothing yet. */
export async function readStored(sql: Sql): Promise<Price | null> {
  const [row] = await sql<{ rate8: string; round_id: string; feed_at: Date }[]>`
    select rate8::text, round_id::text, feed_at from models.price`;
  if (row === undefined) return null;
  return { rate8: BigInt(row.rate8), roundId: BigInt(row.round_id), atMs: row.feed_at.getTime() };
}

/** Keeps an accepted price, unless a newer one is there. */
export async function store(sql: Sql, { rate8, roundId, atMs }: Price): Promise<void> {
  await sql`
    insert into models.price (rate8, round_id, feed_at)
    values (${rate8.toString()}, ${roundId.toString()}, ${new Date(atMs)})
    on conflict (one) do update set rate8 = excluded.rate8, round_id = excluded.round_id, feed_at = excluded.feed_at, accepted_at = now()
    where models.price.feed_at < excluded.feed_at`;
}
