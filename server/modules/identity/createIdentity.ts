import { coded, newId } from "#kernel";
import type { Tx } from "#platform/pg";
import { createAuthenticator } from "./authenticate.ts";
import { createDataKeys } from "./dataKeys.ts";
import type { IdentityDeps } from "./deps.ts";
import type { Identity, Principal } from "./identity.ts";
import { createKey, listKeys, revokeKey } from "./operations/apiKeys.ts";
import { dropExpired, writeLastUsed } from "./operations/maintain.ts";
import { accountOfWallet, openAccount, touchLogin } from "./operations/openAccount.ts";
import { changePreferences, readPreferences } from "./operations/preferences.ts";
import { proveWallet } from "./operations/proveWallet.ts";
import { endSession, listSessions, refreshSession, sessionOfRefresh, startSession } from "./operations/sessions.ts";
import { siweNonce } from "./operations/siweNonce.ts";
import { addWallet, removeWallet, walletsOf } from "./operations/wallets.ts";
import { createPrincipals } from "./principals.ts";
import { ACCESS_TOKEN_S, createSigner } from "./signer.ts";

/**
 * Builds the module; makes the first signing key where there is none.
 * @throws Error when JWT_SECRET is not the one that the database was set up with
 */
export async function createIdentity(deps: IdentityDeps): Promise<Identity> {
  const { sql, clock, config } = deps;
  const signer = await createSigner({ sql, clock, secret: config.JWT_SECRET });
  const dataKeys = createDataKeys({ sql, secret: config.JWT_SECRET });
  const principals = createPrincipals(deps);
  const auth = createAuthenticator({ clock, config, principals, signer });
  const sessions = { sql, clock, signer };

  async function end(sessionId: string, accountId: string | null, reason: string): Promise<boolean> {
    const ended = await endSession(deps, { sessionId, accountId, reason });
    auth.forget(sessionId);
    return ended;
  }

  async function revokeAccessToken(token: string): Promise<void> {
    const claims = await signer.verify(token);
    if (claims.via === "session") {
      await end(claims.subject, claims.accountId, "revoked");
    } else if (claims.tokenId !== null) {
      await sql`
        insert into identity.revoked_tokens (jti, expires_at) values (${claims.tokenId}, ${new Date(claims.expiresAtMs)})
        on conflict do nothing`;
      auth.forget(claims.subject);
    }
  }

  return {
    preferences: (accountId) => readPreferences(sql, accountId),
    changePreferences: (accountId, change) => changePreferences(sql, accountId, change),
    authenticate: auth.authenticate,
    known: auth.known,
    inspect: auth.inspect,
    require(principal, scope) {
      if (!principal.scopes.has(scope)) {
        throw coded("insufficient_scope", {
          message: `This needs the scope "${scope}", which the key or session does not have.`,
        });
      }
    },
    siweNonce: (address) => siweNonce(deps, address),
    async siweVerify(message, signature, client = "") {
      const wallet = await proveWallet(deps, { message, signature });
      return sql.begin(async (raw) => {
        const tx = raw as Tx;
        const accountId = await openAccount(tx, wallet);
        await touchLogin(tx, accountId, new Date(clock.now()));
        return startSession(sessions, { tx, accountId, wallet, client });
      });
    },
    refresh: (refreshToken) => refreshSession(sessions, { refreshToken, forget: auth.forget }),
    async logout(sessionId) {
      await end(sessionId, null, "logout");
    },
    listSessions: (accountId) => listSessions(deps, accountId),
    async revokeSession(accountId, sessionId) {
      if (!(await end(sessionId, accountId, "revoked"))) throw coded("not_found", { message: "No such session." });
    },
    async tokenForKey(principal) {
      if (principal.via !== "key" || principal.keyId === null) {
        throw coded("forbidden", { message: "Only an API key is exchanged for a token." });
      }
      const accessToken = await signer.sign(
        {
          accountId: principal.accountId,
          via: "key-token",
          subject: principal.keyId,
          scopes: [...principal.scopes],
          tokenId: newId("tok"),
        },
        ACCESS_TOKEN_S,
      );
      return { accessToken, expiresIn: ACCESS_TOKEN_S };
    },
    async revokeToken(token) {
      if (!token.startsWith("far_")) return revokeAccessToken(token).catch(ignoreRefused);
      const sessionId = await sessionOfRefresh(sql, token);
      if (sessionId !== null) await end(sessionId, null, "revoked");
    },
    jwks: signer.jwks,
    createKey: (accountId, input) => createKey(deps, { accountId, input }),
    listKeys: (accountId, page) => listKeys(deps, { accountId, page }),
    async revokeKey(accountId, keyId) {
      await revokeKey(deps, { accountId, keyId });
      auth.forget(keyId);
    },
    async account(accountId) {
      const [row] = await sql<{ created_at: Date }[]>`
        select created_at from identity.users where id = ${accountId} and status <> 'deleted'`;
      return row === undefined
        ? null
        : { id: accountId, wallets: await walletsOf(sql, accountId), createdAt: row.created_at };
    },
    accountOfWallet: (wallet) => accountOfWallet(sql, wallet),
    openAccount: (wallet, limits) =>
      sql.begin(async (tx) => {
        const accountId = await openAccount(tx as Tx, wallet);
        if (limits !== undefined) {
          await tx`
            update identity.users set rate_per_min = ${limits.ratePerMin ?? null}, concurrency_max = ${limits.concurrencyMax ?? null}
            where id = ${accountId}`;
        }
        return accountId;
      }),
    async addWallet(accountId, message, signature) {
      const address = await proveWallet(deps, { message, signature });
      return addWallet(sql, { accountId, address });
    },
    removeWallet: (accountId, address) => removeWallet(sql, { accountId, address }),
    async alive(principal: Principal) {
      if (principal.via === "admin") return true;
      const now = new Date(clock.now());
      const [row] = await sql`
        select 1 from identity.users u where u.id = ${principal.accountId} and u.status = 'active'
          and (${principal.sessionId}::text is null or exists (select from identity.sessions s
            where s.id = ${principal.sessionId} and s.account_id = u.id and s.revoked_at is null and s.expires_at > ${now}))
          and (${principal.keyId}::text is null or exists (select from identity.api_keys k
            where k.id = ${principal.keyId} and k.account_id = u.id and k.revoked_at is null
              and (k.expires_at is null or k.expires_at > ${now})))`;
      return row !== undefined;
    },
    seal: dataKeys.seal,
    open: dataKeys.open,
    async maintain() {
      await writeLastUsed(sql, auth.takeUsed());
      await dropExpired(sql, clock.now());
      await signer.rotate();
    },
  };
}

/** A token that is not valid any more stands for nothing that could be ended. */
function ignoreRefused(error: unknown): void {
  if ((error as { code?: unknown }).code !== "invalid_token") throw error;
}
