/** Each account's own AES key, wrapped by a key derived from JWT_SECRET. Deleting the row makes everything sealed with it unreadable. */
import { randomBytes } from "node:crypto";
import type { Sql } from "#platform/pg";
import { deriveKey, openBox, sealBox } from "./model/secretBox.ts";

/** Unwrapped keys in memory; a miss is one query. */
const CACHED_MAX = 10_000;

export interface DataKeys {
  seal(accountId: string, plain: string): Promise<Buffer>;
  open(accountId: string, sealed: Buffer): Promise<string>;
}

export function createDataKeys(deps: { sql: Sql; secret: string }): DataKeys {
  const { sql } = deps;
  const kek = deriveKey(deps.secret, "data-keys");
  const cached = new Map<string, Promise<Buffer>>();

  async function load(accountId: string): Promise<Buffer> {
    const fresh = sealBox(kek, randomBytes(32), accountId);
    // Lost a race: the row was not there when the statement began, and is now; hence the second look below.
    const rows = await sql<{ wrapped: Buffer }[]>`
      with made as (
        insert into identity.data_keys (account_id, wrapped) values (${accountId}, ${fresh})
        on conflict (account_id) do nothing returning wrapped)
      select wrapped from made union all select wrapped from identity.data_keys where account_id = ${accountId}`;
    const row =
      rows[0] ??
      (
        await sql<{ wrapped: Buffer }[]>`
      select wrapped from identity.data_keys where account_id = ${accountId}`
      )[0];
    if (row === undefined) throw new Error(`no data key for ${accountId}`);
    return openBox(kek, row.wrapped, accountId);
  }

  function keyOf(accountId: string): Promise<Buffer> {
    const known = cached.get(accountId);
    if (known !== undefined) return known;
    const key = load(accountId);
    key.catch(() => cached.delete(accountId));
    const oldest = cached.size >= CACHED_MAX ? cached.keys().next().value : undefined;
    if (oldest !== undefined) cached.delete(oldest);
    cached.set(accountId, key);
    return key;
  }

  return {
    async seal(accountId, plain) {
      return sealBox(await keyOf(accountId), Buffer.from(plain), accountId);
    },
    async open(accountId, sealed) {
      return openBox(await keyOf(accountId), sealed, accountId).toString();
    },
  };
}
