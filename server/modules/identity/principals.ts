/** Credentials → principal, from the database. One query each; the cache above keeps them off the hot path. */
import { createHash } from "node:crypto";
import type { Scope } from "@farlabs/protocol";
import { coded } from "#kernel";
import { capAccountOf, type IdentityDeps } from "./deps.ts";
import type { Principal } from "./identity.ts";
import { ipAllow } from "./model/ipAllow.ts";
import { preferencesOf, type StoredPreferences } from "./operations/preferences.ts";
import type { Claims } from "./signer.ts";

/** A principal and what limits its use. */
export interface Grant {
  principal: Principal;
  allow: ((ip: string) => boolean) | null;
  /** Wall time; infinity for a key without an end. */
  expiresAtMs: number;
  /** Code to refuse with once expired. */
  expiredCode: "api_key_expired" | "invalid_token";
}

interface AccountRow {
  account_id: string;
  status: string;
  rate_per_min: number | null;
  concurrency_max: number | null;
  preferences: StoredPreferences;
  wallets: string[] | null;
}
interface KeyRow extends AccountRow {
  id: string;
  scopes: Scope[];
  capped: boolean;
  key_rate_per_min: number | null;
  expires_at: Date | null;
  ip_allow: string[] | null;
  revoked_at: Date | null;
}

export const SESSION_SCOPES: readonly Scope[] = ["inference", "read", "nodes", "keys", "wallets", "withdraw"];

export const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

export interface Principals {
  ofKey(key: string): Promise<Grant>;
  ofClaims(claims: Claims): Promise<Grant>;
}

export function createPrincipals(deps: Pick<IdentityDeps, "sql" | "config" | "clock">): Principals {
  const { sql, config, clock } = deps;

  const account = sql`
    u.status, u.rate_per_min, u.concurrency_max, u.preferences,
    (select array_agg(w.address order by (w.address = u.wallet_address) desc, w.created_at, w.address)
       from identity.wallets w where w.account_id = u.id) as wallets`;

  function shared(
    row: AccountRow,
  ): Pick<Principal, "accountId" | "wallets" | "ratePerMin" | "concurrencyMax" | "preferences"> {
    if (row.status !== "active") throw coded("account_suspended");
    const preferences = preferencesOf(row.preferences);
    return {
      accountId: row.account_id,
      wallets: row.wallets ?? [],
      ratePerMin: row.rate_per_min ?? config.ACCOUNT_RATE_PER_MIN,
      concurrencyMax: row.concurrency_max ?? config.ACCOUNT_CONCURRENCY_MAX,
      ...(preferences === null ? {} : { preferences }),
    };
  }

  function ofKeyRow(row: KeyRow | undefined, code: "invalid_api_key" | "invalid_token"): Grant {
    if (row === undefined || row.revoked_at !== null) throw coded(code);
    return {
      principal: {
        ...shared(row),
        via: "key",
        keyId: row.id,
        sessionId: null,
        scopes: new Set(row.scopes),
        capAccount: row.capped ? capAccountOf(row.id) : null,
        ...(row.key_rate_per_min === null ? {} : { keyRatePerMin: row.key_rate_per_min }),
      },
      allow: ipAllow(row.ip_allow),
      expiresAtMs: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
      expiredCode: "api_key_expired",
    };
  }

  async function ofSession(claims: Claims): Promise<Grant> {
    const [row] = await sql<AccountRow[]>`
      select s.account_id, ${account}
      from identity.sessions s join identity.users u on u.id = s.account_id
      where s.id = ${claims.subject} and s.account_id = ${claims.accountId} and s.revoked_at is null
        and s.expires_at > ${new Date(clock.now())}`;
    if (row === undefined) throw coded("invalid_token");
    return {
      principal: {
        ...shared(row),
        via: "session",
        keyId: null,
        sessionId: claims.subject,
        scopes: new Set(claims.scopes.filter((scope) => SESSION_SCOPES.includes(scope))),
        capAccount: null,
      },
      allow: null,
      expiresAtMs: claims.expiresAtMs,
      expiredCode: "invalid_token",
    };
  }

  async function ofKeyToken(claims: Claims): Promise<Grant> {
    const [row] = await sql<KeyRow[]>`
      select k.id, k.account_id, k.scopes, k.cap_micro_usd is not null as capped, k.rate_per_min as key_rate_per_min, k.expires_at, k.ip_allow, k.revoked_at, ${account}
      from identity.api_keys k join identity.users u on u.id = k.account_id
      where k.id = ${claims.subject} and k.account_id = ${claims.accountId}
        and not exists (select from identity.revoked_tokens r where r.jti = ${claims.tokenId ?? ""})`;
    const grant = ofKeyRow(row, "invalid_token");
    return {
      ...grant,
      principal: { ...grant.principal, via: "key-token" },
      expiresAtMs: Math.min(grant.expiresAtMs, claims.expiresAtMs),
      expiredCode: "invalid_token",
    };
  }

  return {
    async ofKey(key) {
      const [row] = await sql<KeyRow[]>`
        select k.id, k.account_id, k.scopes, k.cap_micro_usd is not null as capped, k.rate_per_min as key_rate_per_min, k.expires_at, k.ip_allow, k.revoked_at, ${account}
        from identity.api_keys k join identity.users u on u.id = k.account_id
        where k.hash = ${hashOf(key)}`;
      return ofKeyRow(row, "invalid_api_key");
    },
    ofClaims: (claims) => (claims.via === "session" ? ofSession(claims) : ofKeyToken(claims)),
  };
}
