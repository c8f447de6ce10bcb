import type { ApiKeyInfo, Scope } from "@farlabs/protocol";
import { assert, coded, newId } from "#kernel";
import { fromNumeric, type Tx } from "#platform/pg";
import { capAccountOf, type IdentityDeps } from "../deps.ts";
import type { NewKey, PageOptions } from "../identity.ts";
import { keyPrefix, newApiKey } from "../model/apiKey.ts";
import { hashOf } from "../principals.ts";

interface Row {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  cap_micro_usd: string | null;
  expires_at: Date | null;
  ip_allow: string[] | null;
  rate_per_min: number | null;
  created_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

type KeyDeps = Pick<IdentityDeps, "sql" | "config" | "clock" | "onKeyCreated" | "capBalances">;

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** `left`: what each cap account still holds. */
function present(row: Row, left: ReadonlyMap<string, bigint>): ApiKeyInfo {
  const cap = fromNumeric(row.cap_micro_usd);
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    cap_micro_usd: row.cap_micro_usd,
    spent_micro_usd: (cap - (left.get(capAccountOf(row.id)) ?? cap)).toString(),
    expires_at: iso(row.expires_at),
    ip_allow: row.ip_allow,
    rate_per_min: row.rate_per_min,
    created_at: row.created_at.toISOString(),
    last_used_at: iso(row.last_used_at),
    revoked_at: iso(row.revoked_at),
  };
}

/** Makes a key and, in the same transaction, its cap. @throws too_many_keys */
export async function createKey(
  deps: KeyDeps,
  p: { accountId: string; input: NewKey },
): Promise<{ key: string; info: ApiKeyInfo }> {
  const { input, accountId } = p;
  const { config } = deps;
  const mode = config.API_KEY_MODE ?? (config.NODE_ENV === "production" ? "live" : "test");
  const key = newApiKey(mode);
  const keyId = newId("key");
  const at = new Date(deps.clock.now());
  const row = await deps.sql.begin(async (tx) => {
    // Locks the account, so that parallel requests cannot pass the maximum.
    const [owner] = await tx`select 1 from identity.users where id = ${accountId} and status = 'active' for update`;
    if (owner === undefined) throw coded("not_found");
    const [count] = await tx<{ living: number }[]>`
      select count(*)::int as living from identity.api_keys
      where account_id = ${accountId} and revoked_at is null and (expires_at is null or expires_at > ${at})`;
    if ((count?.living ?? 0) >= config.ACCOUNT_KEYS_MAX) throw coded("too_many_keys");
    const [made] = await tx<Row[]>`
      insert into identity.api_keys (id, account_id, name, prefix, hash, scopes, cap_micro_usd, expires_at, ip_allow, rate_per_min, created_at)
      values (${keyId}, ${accountId}, ${input.name}, ${keyPrefix(key)}, ${hashOf(key)}, ${[...input.scopes]},
        ${input.capMicroUsd?.toString() ?? null}, ${input.expiresAt ?? null}, ${input.ipAllow ? [...input.ipAllow] : null},
        ${input.ratePerMin ?? null}, ${at})
      returning *`;
    assert(made !== undefined, "insert returns its row");
    if (input.capMicroUsd !== undefined) {
      assert(deps.onKeyCreated !== undefined, "a key with a cap needs onKeyCreated");
      const account = capAccountOf(keyId);
      await deps.onKeyCreated(tx as Tx, { keyId, accountId, account, capMicroUsd: input.capMicroUsd });
    }
    return made;
  });
  return { key, info: present(row, new Map()) };
}

/** Keys of an account, newest first, revoked ones included. */
export async function listKeys(
  deps: KeyDeps,
  p: { accountId: string; page: PageOptions },
): Promise<{ data: ApiKeyInfo[]; nextCursor: string | null }> {
  const { cursor, limit } = p.page;
  const rows = await deps.sql<Row[]>`
    select * from identity.api_keys
    where account_id = ${p.accountId} and (${cursor ?? null}::text is null or id < ${cursor ?? null})
    order by id desc limit ${limit + 1}`;
  const shown = rows.slice(0, limit);
  const capped = shown.filter((row) => row.cap_micro_usd !== null).map((row) => capAccountOf(row.id));
  const balances = capped.length === 0 ? [] : ((await deps.capBalances?.(capped)) ?? []);
  const left = new Map(balances.map((balance) => [balance.account, balance.posted]));
  return {
    data: shown.map((row) => present(row, left)),
    nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** @throws not_found for a key of another account, and for one revoked already */
export async function revokeKey(
  deps: Pick<IdentityDeps, "sql" | "clock">,
  p: { accountId: string; keyId: string },
): Promise<void> {
  const revoked = await deps.sql`
    update identity.api_keys set revoked_at = ${new Date(deps.clock.now())}
    where id = ${p.keyId} and account_id = ${p.accountId} and revoked_at is null returning 1`;
  if (revoked.length === 0) throw coded("not_found", { message: "No such key." });
}
