/** Access tokens: Ed25519 JWTs of 15 minutes. Keys live in the database, their private half sealed under JWT_SECRET. */
import type { Scope } from "@farlabs/protocol";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { type Clock, coded, newId } from "#kernel";
import type { Sql } from "#platform/pg";
import { deriveKey, openBox, sealBox } from "./model/secretBox.ts";

export const ACCESS_TOKEN_S = 15 * 60;
const ROTATE_AFTER_MS = 90 * 86_400_000;
/** An old key verifies until the last token it signed has expired, with room for clocks. */
const KEEP_AFTER_MS = 60 * 60_000;
const ISSUER = "far-labs";
const LOCK = 7_216_010;

interface Key {
  kid: string;
  createdAtMs: number;
  publicJwk: JWK;
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

export interface Claims {
  accountId: string;
  via: "session" | "key-token";
  /** The session, or the API key. */
  subject: string;
  scopes: readonly Scope[];
  /** Set on tokens of API keys, which are revoked one by one. */
  tokenId: string | null;
  expiresAtMs: number;
}

export interface Signer {
  sign(claims: Omit<Claims, "expiresAtMs">, lifetimeS: number): Promise<string>;
  /** @throws invalid_token */
  verify(token: string): Promise<Claims>;
  jwks(): { keys: JWK[] };
  /** Renews the signing key every 90 days and forgets those that nothing is signed by any more. */
  rotate(): Promise<void>;
}

interface Row {
  kid: string;
  public_jwk: JWK;
  private_sealed: Buffer;
  created_at: Date;
}

/** Loads the signing keys, making the first. @throws Error when JWT_SECRET is not the one they were sealed with */
export async function createSigner(deps: { sql: Sql; clock: Clock; secret: string }): Promise<Signer> {
  const { sql, clock } = deps;
  const kek = deriveKey(deps.secret, "signing-keys");
  let keys: readonly Key[] = [];
  let lastReloadMs = Number.NEGATIVE_INFINITY;

  async function importRow(row: Row): Promise<Key> {
    let privateJwk: JWK;
    try {
      privateJwk = JSON.parse(openBox(kek, row.private_sealed, row.kid).toString()) as JWK;
    } catch (cause) {
      throw new Error("JWT_SECRET is not the one that this database was set up with", { cause });
    }
    return {
      kid: row.kid,
      createdAtMs: row.created_at.getTime(),
      publicJwk: row.public_jwk,
      publicKey: (await importJWK(row.public_jwk, "EdDSA")) as CryptoKey,
      privateKey: (await importJWK(privateJwk, "EdDSA")) as CryptoKey,
    };
  }

  async function reload(): Promise<void> {
    lastReloadMs = clock.monotonic();
    const rows = await sql<Row[]>`
      select kid, public_jwk, private_sealed, created_at from identity.signing_keys order by created_at desc`;
    keys = await Promise.all(rows.map(importRow));
  }

  async function rotate(): Promise<void> {
    const nowMs = clock.now();
    const fresh = await generateKeyPair("EdDSA", { extractable: true });
    const kid = newId("sig");
    const publicJwk = { ...(await exportJWK(fresh.publicKey)), kid, alg: "EdDSA", use: "sig" };
    const sealed = sealBox(kek, Buffer.from(JSON.stringify(await exportJWK(fresh.privateKey))), kid);
    await sql.begin(async (tx) => {
      // Several processes notice the age at the same time; one makes the key.
      await tx`select pg_advisory_xact_lock(${LOCK})`;
      await tx`
        insert into identity.signing_keys (kid, public_jwk, private_sealed, created_at)
        select ${kid}, ${tx.json(publicJwk as never)}, ${sealed}, ${new Date(nowMs)}
        where not exists (select from identity.signing_keys where created_at > ${new Date(nowMs - ROTATE_AFTER_MS)})`;
      await tx`
        delete from identity.signing_keys k where exists (
          select from identity.signing_keys newer
          where newer.created_at > k.created_at and newer.created_at < ${new Date(nowMs - KEEP_AFTER_MS)})`;
    });
    await reload();
  }

  /** A key made elsewhere is looked for once a second at most, so that made-up kids cost nothing. */
  async function keyOf(kid: string | undefined): Promise<CryptoKey> {
    let key = keys.find((one) => one.kid === kid);
    if (key === undefined && clock.monotonic() - lastReloadMs > 1_000) {
      await reload();
      key = keys.find((one) => one.kid === kid);
    }
    if (key === undefined) throw coded("invalid_token");
    return key.publicKey;
  }

  await reload();
  const needsKey = (): boolean => {
    const newest = keys[0];
    return newest === undefined || clock.now() - newest.createdAtMs > ROTATE_AFTER_MS;
  };
  if (needsKey()) await rotate();

  return {
    async sign(claims, lifetimeS) {
      const key = keys[0];
      if (key === undefined) throw new Error("no signing key");
      const nowS = Math.floor(clock.now() / 1_000);
      const jwt = new SignJWT({ via: claims.via, ref: claims.subject, scope: claims.scopes.join(" ") })
        .setProtectedHeader({ alg: "EdDSA", kid: key.kid, typ: "at+jwt" })
        .setIssuer(ISSUER)
        .setSubject(claims.accountId)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + lifetimeS);
      if (claims.tokenId !== null) jwt.setJti(claims.tokenId);
      return jwt.sign(key.privateKey);
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, (header) => keyOf(header.kid), {
          algorithms: ["EdDSA"],
          issuer: ISSUER,
          typ: "at+jwt",
          currentDate: new Date(clock.now()),
          requiredClaims: ["sub", "exp", "iat", "via", "ref", "scope"],
        });
        return {
          accountId: String(payload.sub),
          via: payload.via === "session" ? "session" : "key-token",
          subject: String(payload.ref),
          scopes: String(payload.scope).split(" ") as Scope[],
          tokenId: payload.jti ?? null,
          expiresAtMs: (payload.exp ?? 0) * 1_000,
        };
      } catch (cause) {
        throw coded("invalid_token", { cause });
      }
    },
    jwks: () => ({ keys: keys.map((key) => key.publicJwk) }),
    async rotate() {
      if (needsKey() || keys.length > 1) await rotate();
    },
  };
}
