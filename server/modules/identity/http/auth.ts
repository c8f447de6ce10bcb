import {
  refreshRequest,
  type Session as SessionBody,
  type SessionInfo as SessionInfoBody,
  siweNonceRequest,
  siweVerifyRequest,
  type TokenInfo,
  tokenRequest,
} from "@farlabs/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { coded, isFarError } from "#kernel";
import { parse, type RouteArea } from "#platform/http";
import type { Identity, Session, SessionInfo } from "../identity.ts";
import { clearRefreshCookie, isCli, refreshCookie, setRefreshCookie } from "./refreshCookie.ts";
import { ACCOUNT_OF } from "./sessionOnly.ts";
import { mountWallets } from "./wallets.ts";

export interface AuthAreaDeps {
  identity: Identity;
  frontendUrl: string;
}

/** A public route that costs a signature or a row gets few calls from one address. */
const COSTLY = { scope: "public", ipPerMin: 60 } as const;

const presentSession = (info: SessionInfo, currentId: string | null): SessionInfoBody => ({
  id: info.id,
  wallet: info.wallet,
  client: info.client,
  current: info.id === currentId,
  created_at: info.createdAt.toISOString(),
  last_used_at: info.lastUsedAt.toISOString(),
  expires_at: info.expiresAt.toISOString(),
});

function answer(request: FastifyRequest, reply: FastifyReply, session: Session): SessionBody {
  const cli = isCli(request);
  if (!cli) setRefreshCookie(reply, session.refreshToken);
  return {
    access_token: session.accessToken,
    expires_in: session.expiresIn,
    ...(cli ? { refresh_token: session.refreshToken } : {}),
    account_id: session.accountId,
    wallet: session.wallet,
  };
}

async function tokenInfo(identity: Identity, token: string): Promise<TokenInfo> {
  try {
    const { principal, expiresAtMs } = await identity.inspect(token);
    return {
      active: true,
      account_id: principal.accountId,
      via: principal.via,
      scopes: [...principal.scopes],
      expires_at: Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null,
    };
  } catch (error) {
    if (isFarError(error) && error.spec.status < 500) return { active: false };
    throw error;
  }
}

function mountSignIn(app: FastifyInstance, { identity, frontendUrl }: AuthAreaDeps): void {
  const frontendOrigin = new URL(frontendUrl).origin;
  const tokenOf = (request: FastifyRequest): string | null =>
    parse(refreshRequest, request.body ?? {}).refresh_token ?? refreshCookie(request, frontendOrigin);

  app.post(
    "/siwe/nonce",
    { config: { ...COSTLY, schema: { summary: "What a sign-in message must say", body: siweNonceRequest } } },
    async (request) => {
      const { nonce, domain, uri, chainId } = await identity.siweNonce(parse(siweNonceRequest, request.body).address);
      return { nonce, domain, uri, chain_id: chainId };
    },
  );
  app.post(
    "/siwe/verify",
    { config: { ...COSTLY, schema: { summary: "Sign in with a wallet's signed message", body: siweVerifyRequest } } },
    async (request, reply) => {
      const { message, signature } = parse(siweVerifyRequest, request.body);
      const session = await identity.siweVerify(message, signature, request.headers["user-agent"]);
      return answer(request, reply, session);
    },
  );
  app.post(
    "/refresh",
    {
      config: { ...COSTLY, schema: { summary: "A new access token; the refresh token changes", body: refreshRequest } },
    },
    async (request, reply) => {
      const token = tokenOf(request);
      if (token === null) throw coded("missing_credentials", { message: "No refresh token was sent." });
      return answer(request, reply, await identity.refresh(token));
    },
  );
  app.post(
    "/logout",
    {
      config: { ...COSTLY, schema: { summary: "End the session of a refresh or access token", body: refreshRequest } },
    },
    async (request, reply) => {
      const bearer = request.headers.authorization?.replace(/^bearer +/i, "");
      const token = tokenOf(request) ?? bearer;
      if (token === undefined) throw coded("missing_credentials");
      await identity.revokeToken(token);
      clearRefreshCookie(reply);
      return reply.code(204).send();
    },
  );
}

function mountTokens(app: FastifyInstance, { identity }: AuthAreaDeps): void {
  app.post(
    "/login",
    { config: { scope: "any", schema: { summary: "Exchange an API key for an access token with the key's scopes" } } },
    async (request): Promise<SessionBody> => {
      const { accessToken, expiresIn } = await identity.tokenForKey(request.principal);
      const { accountId, wallets } = request.principal;
      return { access_token: accessToken, expires_in: expiresIn, account_id: accountId, wallet: wallets[0] ?? null };
    },
  );
  app.post(
    "/verify-token",
    { config: { ...COSTLY, schema: { summary: "What a token stands for", body: tokenRequest } } },
    (request) => tokenInfo(identity, parse(tokenRequest, request.body).token),
  );
  app.post(
    "/revoke-token",
    { config: { ...COSTLY, schema: { summary: "End a token and its session", body: tokenRequest } } },
    async (request, reply) => {
      await identity.revokeToken(parse(tokenRequest, request.body).token);
      return reply.code(204).send();
    },
  );
}

function mountSessions(app: FastifyInstance, { identity }: AuthAreaDeps): void {
  app.get("/sessions", { config: { ...ACCOUNT_OF, schema: { summary: "Living sessions" } } }, async (request) => {
    const { accountId, sessionId } = request.principal;
    const sessions = await identity.listSessions(accountId);
    return { data: sessions.map((info) => presentSession(info, sessionId)), next_cursor: null };
  });
  app.delete<{ Params: { id: string } }>(
    "/sessions/:id",
    { config: { ...ACCOUNT_OF, schema: { summary: "End one session" } } },
    async (request, reply) => {
      await identity.revokeSession(request.principal.accountId, request.params.id);
      return reply.code(204).send();
    },
  );
  app.delete(
    "/sessions",
    { config: { ...ACCOUNT_OF, schema: { summary: "End all other sessions" } } },
    async (request, reply) => {
      const { accountId, sessionId } = request.principal;
      const others = (await identity.listSessions(accountId)).filter((info) => info.id !== sessionId);
      for (const { id } of others) await identity.revokeSession(accountId, id);
      return reply.code(204).send();
    },
  );
}

/** `/api/v1/auth`: how somebody comes in, stays in and goes. */
export function authArea(deps: AuthAreaDeps): RouteArea {
  return {
    area: "auth",
    prefix: "/api/v1/auth",
    register(app) {
      mountSignIn(app, deps);
      mountTokens(app, deps);
      mountSessions(app, deps);
      mountWallets(app, deps.identity);
    },
  };
}

/** The public signing keys, where JWT libraries look for them. */
export function jwksArea(identity: Identity): RouteArea {
  return {
    area: "auth",
    prefix: "/.well-known",
    register(app) {
      app.get("/jwks.json", { config: { scope: "public", schema: { summary: "Keys that sign access tokens" } } }, () =>
        identity.jwks(),
      );
    },
  };
}
