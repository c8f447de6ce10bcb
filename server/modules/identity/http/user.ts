import {
  apiKeyCreateRequest,
  type Preferences as PreferencesBody,
  type Profile,
  pageQuery,
  preferencesRequest,
} from "@farlabs/protocol";
import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import { coded } from "#kernel";
import { parse, type RouteArea } from "#platform/http";
import type { Identity, NewKey, Preferences } from "../identity.ts";
import { ACCOUNT_OF } from "./sessionOnly.ts";

function newKey(body: z.output<typeof apiKeyCreateRequest>): NewKey {
  const expiresAt = body.expires_at === undefined ? undefined : new Date(body.expires_at);
  return {
    name: body.name,
    scopes: body.scopes,
    ...(body.cap_micro_usd === undefined ? {} : { capMicroUsd: BigInt(body.cap_micro_usd) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(body.ip_allow === undefined ? {} : { ipAllow: body.ip_allow }),
    ...(body.rate_per_min === undefined ? {} : { ratePerMin: body.rate_per_min }),
  };
}

function mountKeys(app: FastifyInstance, identity: Identity): void {
  app.post(
    "/api-keys",
    { config: { ...ACCOUNT_OF, schema: { summary: "Make an API key; it is shown once", body: apiKeyCreateRequest } } },
    async (request, reply) => {
      const input = newKey(parse(apiKeyCreateRequest, request.body));
      const { key, info } = await identity.createKey(request.principal.accountId, input);
      reply.code(201);
      return { ...info, key };
    },
  );
  app.get(
    "/api-keys",
    { config: { ...ACCOUNT_OF, schema: { summary: "API keys, newest first", query: pageQuery } } },
    async (request) => {
      const { cursor, limit } = parse(pageQuery, request.query);
      const page = await identity.listKeys(request.principal.accountId, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { data: page.data, next_cursor: page.nextCursor };
    },
  );
  app.delete<{ Params: { id: string } }>(
    "/api-keys/:id",
    { config: { ...ACCOUNT_OF, schema: { summary: "Revoke an API key" } } },
    async (request, reply) => {
      await identity.revokeKey(request.principal.accountId, request.params.id);
      return reply.code(204).send();
    },
  );
}

const presentPreferences = (p: Preferences): PreferencesBody => ({ trusted_only: p.trustedOnly, audits: p.audits });

function mountPreferences(app: FastifyInstance, identity: Identity): void {
  app.get(
    "/preferences",
    { config: { scope: "read", schema: { summary: "What the account chose for all of its requests" } } },
    async (request) => presentPreferences(await identity.preferences(request.principal.accountId)),
  );
  app.put(
    "/preferences",
    // A leaked API key must not be able to open its account's prompts to others.
    {
      config: {
        ...ACCOUNT_OF,
        schema: { summary: "Choose who may compute and who may check", body: preferencesRequest },
      },
    },
    async (request) => {
      const { trusted_only: trustedOnly, audits } = parse(preferencesRequest, request.body);
      const change = {
        ...(trustedOnly === undefined ? {} : { trustedOnly }),
        ...(audits === undefined ? {} : { audits }),
      };
      return presentPreferences(await identity.changePreferences(request.principal.accountId, change));
    },
  );
}

/** `/api/v1/user`: the caller's own account. */
export function userArea(identity: Identity): RouteArea {
  return {
    area: "user",
    prefix: "/api/v1/user",
    register(app) {
      app.get(
        "/profile",
        { config: { scope: "read", schema: { summary: "The caller's account" } } },
        async (request): Promise<Profile> => {
          const account = await identity.account(request.principal.accountId);
          if (account === null) throw coded("not_found");
          return { account_id: account.id, wallets: account.wallets, created_at: account.createdAt.toISOString() };
        },
      );
      mountPreferences(app, identity);
      mountKeys(app, identity);
    },
  };
}
