import type { Sql } from "#platform/pg";

export interface Row {
  account_id: string;
  key: string;
  body_hash: Buffer;
  ref: string;
  claim_expires_at: Date;
  sealed_body: Buffer | null;
  expires_at: Date;
}

/** A key's life: kept this long after its claim. */
export const KEPT_MS = 24 * 3_600_000;
/** Longer than any request may run, so that only a dead one is passed. */
export const CLAIM_MS = 3_600_000;

export interface Claim {
  accountId: string;
  key: string;
  bodyHash: Buffer;
  ref: string;
}

/** What the advisory lock of a key is made of; the contributor builds the same text. */
const idText = (p: { accountId: string; key: string }): string => `${p.accountId}\n${p.key}`;

export async function readRow(sql: Sql, p: { accountId: string; key: string }): Promise<Row | null> {
  const [row] = await sql<Row[]>`
    select * from platform.idempotency where account_id = ${p.accountId} and key = ${p.key}`;
  return row ?? null;
}

/** One statement: of several processes one gets the key. False when another holds it. */
export async function insertClaim(
  sql: Sql,
  claim: Claim,
  p: { nowMs: number; deadRef: string | null },
): Promise<boolean> {
  const now = new Date(p.nowMs);
  const claimed = await sql`
    insert into platform.idempotency as i (account_id, key, body_hash, ref, claim_expires_at, expires_at)
    select ${claim.accountId}, ${claim.key}, ${claim.bodyHash}::bytea, ${claim.ref},
      ${new Date(p.nowMs + CLAIM_MS)}::timestamptz, ${new Date(p.nowMs + KEPT_MS)}::timestamptz
    from (select pg_advisory_xact_lock(hashtextextended(${idText(claim)}, 0))) as locked
    on conflict (account_id, key) do update
      set body_hash = excluded.body_hash, ref = excluded.ref, sealed_body = null,
        claim_expires_at = excluded.claim_expires_at, expires_at = excluded.expires_at
      where i.expires_at <= ${now} or (i.sealed_body is null and (i.claim_expires_at <= ${now} or i.ref = ${p.deadRef ?? ""}))
    returning 1`;
  return claimed.length > 0;
}

export async function writeAnswer(
  sql: Sql,
  p: { accountId: string; key: string; ref: string; sealed: Buffer },
): Promise<void> {
  await sql`
    update platform.idempotency set sealed_body = ${p.sealed}
    where account_id = ${p.accountId} and key = ${p.key} and ref = ${p.ref} and sealed_body is null`;
}

/** Frees a key whose request ended without an answer worth keeping. */
export async function deleteClaim(sql: Sql, p: { accountId: string; key: string; ref: string }): Promise<void> {
  await sql`
    delete from platform.idempotency
    where account_id = ${p.accountId} and key = ${p.key} and ref = ${p.ref} and sealed_body is null`;
}

/** Rows past their time, at most `limit`. Returns how many went. */
export async function deleteExpired(sql: Sql, p: { nowMs: number; limit: number }): Promise<number> {
  const gone = await sql`
    delete from platform.idempotency where (account_id, key) in (
      select account_id, key from platform.idempotency where expires_at <= ${new Date(p.nowMs)} limit ${p.limit}
      for update skip locked)`;
  return gone.count;
}
