import { timingSafeEqual } from "node:crypto";
import type { Scope } from "@farlabs/protocol";
import { type Clock, coded } from "#kernel";
import type { IdentityConfig } from "./config.ts";
import { createGrants } from "./grants.ts";
import type { Principal } from "./identity.ts";
import { isApiKey } from "./model/apiKey.ts";
import { type Grant, hashOf, type Principals } from "./principals.ts";
import type { Signer } from "./signer.ts";

const TOKEN_LENGTH_MAX = 4_096;

export interface Authenticator {
  authenticate(authorization: string | undefined, ip: string): Principal | Promise<Principal>;
  known(authorization: string | undefined): boolean;
  /** The grant behind a bare token, from wherever it is allowed. @throws as `authenticate` */
  inspect(token: string): Promise<Grant>;
  forget(owner: string): void;
  /** Keys used since the last call, with the wall time of their last use. */
  takeUsed(): Map<string, number>;
}

function adminGrant(config: IdentityConfig): Grant {
  const scopes: readonly Scope[] = ["admin", "read"];
  return {
    principal: {
      accountId: "admin",
      via: "admin",
      keyId: null,
      sessionId: null,
      scopes: new Set(scopes),
      wallets: [],
      capAccount: null,
      ratePerMin: config.ACCOUNT_RATE_PER_MIN,
      concurrencyMax: config.ACCOUNT_CONCURRENCY_MAX,
    },
    allow: null,
    expiresAtMs: Number.POSITIVE_INFINITY,
    expiredCode: "invalid_token",
  };
}

export function createAuthenticator(deps: {
  clock: Clock;
  config: IdentityConfig;
  principals: Principals;
  signer: Signer;
}): Authenticator {
  const { clock, config, principals, signer } = deps;
  const admin =
    config.ADMIN_TOKEN === undefined ? null : { hash: hashOf(config.ADMIN_TOKEN), grant: adminGrant(config) };
  let used = new Map<string, number>();

  async function load(token: string): Promise<Grant> {
    if (admin !== null && timingSafeEqual(hashOf(token), admin.hash)) return admin.grant;
    if (token.startsWith("far_")) {
      // The checksum: a typo never costs a query.
      if (!isApiKey(token)) throw coded("invalid_api_key");
      return principals.ofKey(token);
    }
    return principals.ofClaims(await signer.verify(token));
  }
  const grants = createGrants({ clock, load });

  function live(grant: Grant): Grant {
    if (clock.now() >= grant.expiresAtMs) throw coded(grant.expiredCode);
    return grant;
  }

  function admit(grant: Grant, ip: string): Principal {
    const { principal, allow } = live(grant);
    if (allow !== null && !allow(ip)) throw coded("ip_not_allowed");
    if (principal.keyId !== null) used.set(principal.keyId, clock.now());
    return principal;
  }

  return {
    authenticate(authorization, ip) {
      if (authorization === undefined || authorization.length > TOKEN_LENGTH_MAX) throw coded("missing_credentials");
      const token = authorization.startsWith("Bearer ") ? authorization.slice(7) : bearerOf(authorization);
      const grant = grants.get(token);
      return grant instanceof Promise ? grant.then((loaded) => admit(loaded, ip)) : admit(grant, ip);
    },
    known: (authorization) => authorization?.startsWith("Bearer ") === true && grants.has(authorization.slice(7)),
    async inspect(token) {
      if (token.length > TOKEN_LENGTH_MAX) throw coded("invalid_token");
      return live(await grants.get(token));
    },
    forget: grants.forget,
    takeUsed() {
      const taken = used;
      used = new Map();
      return taken;
    },
  };
}

/** The scheme's name is case-insensitive. */
function bearerOf(authorization: string): string {
  const match = /^bearer +(\S+)$/i.exec(authorization);
  if (match?.[1] === undefined) throw coded("missing_credentials");
  return match[1];
}
