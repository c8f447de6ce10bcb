import { numberArray, type Sql, textArray } from "#platform/pg";

/** Rows dropped at once, so that a job never holds locks for long. */
const BATCH = 1_000;

/** Last uses of keys, gathered in memory and written together. */
export async function writeLastUsed(sql: Sql, used: ReadonlyMap<string, number>): Promise<void> {
  if (used.size === 0) return;
  await sql`
    update identity.api_keys k set last_used_at = greatest(k.last_used_at, to_timestamp(u.ms / 1000))
    from unnest(${textArray([...used.keys()])}::text[], ${numberArray([...used.values()])}::float8[]) as u (id, ms)
    where k.id = u.id`;
}

/** Drops nonces, sessions (with their tokens) and revocations that are past their time. */
export async function dropExpired(sql: Sql, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  await sql`delete from identity.siwe_nonces where nonce in (
    select nonce from identity.siwe_nonces where expires_at < ${now} limit ${BATCH})`;
  await sql`delete from identity.sessions where id in (
    select id from identity.sessions where expires_at < ${now} limit ${BATCH})`;
  await sql`delete from identity.revoked_tokens where expires_at < ${now}`;
}
