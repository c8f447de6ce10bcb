import { coded, newId, newSecret } from "#kernel";
import type { Sql, Tx } from "#platform/pg";
import type { IdentityDeps } from "../deps.ts";
import type { Session, SessionInfo } from "../identity.ts";
import { decideRotation } from "../model/rotation.ts";
import { hashOf, SESSION_SCOPES } from "../principals.ts";
import { ACCESS_TOKEN_S, type Signer } from "../signer.ts";

/** A session lives this long after its last refresh. */
export const REFRESH_MS = 7 * 86_400_000;
const REFRESH_LENGTH = 43;

interface SessionDeps extends Pick<IdentityDeps, "sql" | "clock"> {
  signer: Signer;
}

async function issue(
  deps: SessionDeps,
  p: { tx: Tx; sessionId: string; accountId: string; wallet: string | null; generation: number },
): Promise<Session> {
  const refreshToken = `far_refresh_${newSecret(REFRESH_LENGTH)}`;
  await p.tx`
    insert into identity.refresh_tokens (hash, session_id, generation)
    values (${hashOf(refreshToken)}, ${p.sessionId}, ${p.generation})`;
  const accessToken = await deps.signer.sign(
    { accountId: p.accountId, via: "session", subject: p.sessionId, scopes: SESSION_SCOPES, tokenId: null },
    ACCESS_TOKEN_S,
  );
  return { accessToken, refreshToken, expiresIn: ACCESS_TOKEN_S, accountId: p.accountId, wallet: p.wallet };
}

/** Opens a session in the caller's transaction. */
export async function startSession(
  deps: SessionDeps,
  p: { tx: Tx; accountId: string; wallet: string; client: string },
): Promise<Session> {
  const sessionId = newId("sess");
  const nowMs = deps.clock.now();
  const at = new Date(nowMs);
  await p.tx`
    insert into identity.sessions (id, account_id, wallet, client, created_at, rotated_at, expires_at)
    values (${sessionId}, ${p.accountId}, ${p.wallet}, ${p.client.slice(0, 200)}, ${at}, ${at}, ${new Date(nowMs + REFRESH_MS)})`;
  return issue(deps, { ...p, sessionId, generation: 0 });
}

interface TokenRow {
  presented: number;
  id: string;
  account_id: string;
  wallet: string | null;
  generation: number;
  rotated_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
  status: string;
}

/**
 * Rotates a refresh token. The session's row is locked, so parallel refreshes are decided one after the other.
 * @throws invalid_token, also after a reuse, which revokes the session
 */
export async function refreshSession(
  deps: SessionDeps,
  p: { refreshToken: string; forget: (sessionId: string) => void },
): Promise<Session> {
  const nowMs = deps.clock.now();
  const outcome = await deps.sql.begin(async (tx): Promise<Session | { reused: string } | null> => {
    const [row] = await tx<TokenRow[]>`
      select t.generation as presented, s.id, s.account_id, s.wallet, s.generation, s.rotated_at, s.expires_at, s.revoked_at, u.status
      from identity.refresh_tokens t
        join identity.sessions s on s.id = t.session_id
        join identity.users u on u.id = s.account_id
      where t.hash = ${hashOf(p.refreshToken)} for update of s`;
    if (row === undefined || row.status !== "active") return null;
    const decision = decideRotation({
      presented: row.presented,
      current: row.generation,
      rotatedAtMs: row.rotated_at.getTime(),
      expiresAtMs: row.expires_at.getTime(),
      revoked: row.revoked_at !== null,
      nowMs,
    });
    if (decision === "refuse") return null;
    if (decision === "reuse") {
      await tx`update identity.sessions set revoked_at = ${new Date(nowMs)}, revoked_for = 'reuse' where id = ${row.id}`;
      return { reused: row.id };
    }
    const generation = decision === "rotate" ? row.generation + 1 : row.generation;
    if (decision === "rotate") {
      await tx`
        update identity.sessions set generation = ${generation}, rotated_at = ${new Date(nowMs)}, expires_at = ${new Date(nowMs + REFRESH_MS)}
        where id = ${row.id}`;
    }
    return issue(deps, { tx: tx as Tx, sessionId: row.id, accountId: row.account_id, wallet: row.wallet, generation });
  });
  if (outcome !== null && !("reused" in outcome)) return outcome;
  if (outcome !== null) p.forget(outcome.reused);
  throw coded("invalid_token");
}

/** Revokes; true where a living session was there. `accountId` null: whoever's. */
export async function endSession(
  deps: Pick<IdentityDeps, "sql" | "clock">,
  p: { sessionId: string; accountId: string | null; reason: string },
): Promise<boolean> {
  const ended = await deps.sql`
    update identity.sessions set revoked_at = ${new Date(deps.clock.now())}, revoked_for = ${p.reason}
    where id = ${p.sessionId} and revoked_at is null and (${p.accountId}::text is null or account_id = ${p.accountId}) returning 1`;
  return ended.length > 0;
}

export async function sessionOfRefresh(sql: Sql, refreshToken: string): Promise<string | null> {
  const [row] = await sql<{ session_id: string }[]>`
    select session_id from identity.refresh_tokens where hash = ${hashOf(refreshToken)}`;
  return row?.session_id ?? null;
}

/** Living sessions of an account, newest first. */
export async function listSessions(
  deps: Pick<IdentityDeps, "sql" | "clock">,
  accountId: string,
): Promise<SessionInfo[]> {
  const rows = await deps.sql<
    { id: string; wallet: string | null; client: string; created_at: Date; rotated_at: Date; expires_at: Date }[]
  >`
    select id, wallet, client, created_at, rotated_at, expires_at from identity.sessions
    where account_id = ${accountId} and revoked_at is null and expires_at > ${new Date(deps.clock.now())}
    order by id desc limit 200`;
  return rows.map((row) => ({
    id: row.id,
    wallet: row.wallet,
    client: row.client,
    createdAt: row.created_at,
    lastUsedAt: row.rotated_at,
    expiresAt: row.expires_at,
  }));
}
