import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { createSiweMessage } from "viem/siwe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { authArea, createIdentity, type Identity, identityConfig, jwksArea, userArea } from "#identity";
import { coded, systemClock } from "#kernel";
import { createHttpHost, createIdempotencyStore, type HttpHost, parse, type RouteArea } from "#platform/http";
import { noLog } from "#platform/log";
import { testDatabase } from "#testing";
import { createGateway } from "./index.ts";

const db = await testDatabase();
const quiet = (): void => {};
const ADMIN = "admin-token-admin-token-admin-token";
const config = identityConfig.parse({ JWT_SECRET: "a secret of this test, 32 bytes long", ADMIN_TOKEN: ADMIN });
const FRONT = new URL(config.FRONTEND_URL).origin;

const echoBody = z.strictObject({ text: z.string().min(1) });
let runs = 0;
let fail: (() => void) | null = null;
/** Set to hold requests inside the handler. */
let gate: Promise<void> = Promise.resolve();

/** An area as a module would bring it. */
const demo: RouteArea = {
  area: "demo",
  prefix: "/api/v1/demo",
  register(app) {
    app.post("/echo", { config: { scope: "read", schema: { summary: "Echo", body: echoBody } } }, async (request) => {
      const { text } = parse(echoBody, request.body);
      runs++;
      await gate;
      fail?.();
      return { text, run: runs, by: request.principal.accountId };
    });
    app.get("/free", { config: { scope: "public" } }, async () => ({ ok: true }));
    app.get("/admin", { config: { scope: "admin" } }, async () => ({ ok: true }));
    app.get("/rare", { config: { scope: "public", ipPerMin: 2 } }, async () => ({ ok: true }));
  },
};

let identity: Identity;
let host: HttpHost;
let url: string;

beforeAll(async () => {
  identity = await createIdentity({ sql: db.sql, config, clock: systemClock, onKeyCreated: async () => {} });
  host = createHttpHost({ port: 0, log: noLog, frontendUrl: config.FRONTEND_URL });
  const idempotency = createIdempotencyStore({
    sql: db.sql,
    clock: systemClock,
    log: noLog,
    seal: identity.seal,
    open: identity.open,
  });
  createGateway({
    host,
    identity,
    areas: [authArea({ identity, frontendUrl: config.FRONTEND_URL }), jwksArea(identity), userArea(identity), demo],
    limits: { ipPerMin: 0, refusedPerMin: 1_000 },
    log: noLog,
    version: "0.1.0",
    publicUrl: () => url,
    idempotency,
  });
  ({ url } = await host.listen());
});
afterAll(() => host.close());

interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what came
  body: any;
}
async function call(
  method: string,
  path: string,
  p: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(p.token === undefined ? {} : { authorization: `Bearer ${p.token}` }),
      ...(p.body === undefined ? {} : { "content-type": "application/json" }),
      ...p.headers,
    },
    ...(p.body === undefined ? {} : { body: JSON.stringify(p.body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
}

async function proof(account: PrivateKeyAccount) {
  const { body } = await call("POST", "/api/v1/auth/siwe/nonce", { body: { address: account.address } });
  const message = createSiweMessage({
    address: account.address,
    chainId: body.chain_id,
    domain: body.domain,
    nonce: body.nonce,
    uri: body.uri,
    version: "1",
  });
  return { message, signature: await account.signMessage({ message }) };
}
async function signIn(
  account = privateKeyToAccount(generatePrivateKey()),
  headers: Record<string, string> = { "x-far-client": "cli" },
) {
  const answer = await call("POST", "/api/v1/auth/siwe/verify", { body: await proof(account), headers });
  expect(answer.status).toBe(200);
  return { account, answer, token: answer.body.access_token as string, accountId: answer.body.account_id as string };
}
async function newKey(token: string, body: Record<string, unknown> = {}) {
  const { status, body: made } = await call("POST", "/api/v1/user/api-keys", { token, body: { name: "k", ...body } });
  expect(status).toBe(201);
  return made as { id: string; key: string };
}
const echo = (token: string, key: string | null, text = "a") =>
  call("POST", "/api/v1/demo/echo", { token, body: { text }, headers: key === null ? {} : { "idempotency-key": key } });

describe("200", () => {
  it("signs in, makes a key, calls with it, and trades it for a token", async () => {
    const { token, accountId, account } = await signIn();
    const { key } = await newKey(token, { scopes: ["read"] });
    const byKey = await echo(key, null);
    expect(byKey.body.by).toBe(accountId);
    expect(byKey.headers.get("x-ratelimit-limit-requests")).toBe("600");
    expect(Number(byKey.headers.get("x-ratelimit-remaining-requests"))).toBeLessThan(600);
    expect(byKey.headers.get("x-ratelimit-reset-requests")).toMatch(/^\d+(\.\d)?(ms|s)$/);
    const traded = await call("POST", "/api/v1/auth/login", { token: key });
    expect(traded.body).toMatchObject({
      account_id: accountId,
      wallet: account.address.toLowerCase(),
      expires_in: 900,
    });
    const info = await call("POST", "/api/v1/auth/verify-token", { body: { token: traded.body.access_token } });
    expect(info.body).toMatchObject({ active: true, via: "key-token", scopes: ["read"], account_id: accountId });
    expect((await echo(traded.body.access_token, null)).status).toBe(200);
    const profile = await call("GET", "/api/v1/user/profile", { token });
    expect(profile.body).toMatchObject({ account_id: accountId, wallets: [account.address.toLowerCase()] });
  });

  it("gives browsers the refresh token in a cookie alone", async () => {
    const { answer } = await signIn(undefined, {});
    expect(answer.body.refresh_token).toBeUndefined();
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^far_refresh=far_refresh_[0-9A-Za-z]{43}; HttpOnly; Secure; SameSite=Strict; Path=\/api\/v1\/auth; Max-Age=604800$/,
    );
    const pair = cookie.split(";", 1)[0] ?? "";
    const refreshed = await call("POST", "/api/v1/auth/refresh", { headers: { cookie: pair, origin: FRONT } });
    expect(refreshed.status).toBe(200);
    expect(refreshed.body.refresh_token).toBeUndefined();
    const next = refreshed.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    expect(next).not.toBe(pair);
    const out = await call("POST", "/api/v1/auth/logout", { headers: { cookie: next, origin: FRONT } });
    expect(out.status).toBe(204);
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    expect((await call("POST", "/api/v1/auth/refresh", { headers: { cookie: next } })).status).toBe(401);
    expect((await echo(refreshed.body.access_token, null)).status).toBe(401);
  });

  it("adds and removes wallets by proof", async () => {
    const { token, account } = await signIn();
    const extra = privateKeyToAccount(generatePrivateKey());
    const first = account.address.toLowerCase();
    const added = await call("POST", "/api/v1/auth/wallets", { token, body: await proof(extra) });
    expect(added.body.data).toEqual([first, extra.address.toLowerCase()]);
    const removed = await call("DELETE", `/api/v1/auth/wallets/${extra.address}`, { token });
    expect(removed.body.data).toEqual([first]);
    expect((await call("GET", "/api/v1/auth/wallets", { token })).body.data).toEqual([first]);
  });

  it("lists sessions and ends the others", async () => {
    const { account, token } = await signIn();
    const other = await signIn(account);
    const listed = await call("GET", "/api/v1/auth/sessions", { token });
    expect(listed.body.data.map((s: { current: boolean }) => s.current).sort()).toEqual([false, true]);
    expect((await call("DELETE", "/api/v1/auth/sessions", { token })).status).toBe(204);
    expect((await echo(other.token, null)).status).toBe(401);
    expect((await echo(token, null)).status).toBe(200);
  });

  it("describes itself", async () => {
    const { body } = await call("GET", "/openapi.json");
    const operation = body.paths["/api/v1/demo/echo"].post;
    expect(operation).toMatchObject({ summary: "Echo", tags: ["demo"], security: [{ bearer: ["read"] }] });
    expect(operation.requestBody.content["application/json"].schema.required).toEqual(["text"]);
    expect(body.paths["/api/v1/auth/sessions/{id}"].delete.parameters[0]).toMatchObject({ name: "id", in: "path" });
    const page = await fetch(`${url}/docs`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain("/api/v1/demo/echo");
    expect(await (await fetch(`${url}/docs/errors/insufficient_scope`)).text()).toContain("403");
    expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
  });
});

describe("401", () => {
  it.each([
    ["no key", undefined, "missing_credentials"],
    ["a malformed key", "far_live_x", "invalid_api_key"],
    ["a token of nobody", "a.b.c", "invalid_token"],
  ])("for %s", async (_name, token, code) => {
    const answer = await call("POST", "/api/v1/demo/echo", {
      ...(token === undefined ? {} : { token }),
      body: { text: "a" },
    });
    expect([answer.status, answer.body.error.code, answer.body.error.type]).toEqual([
      401,
      code,
      "authentication_error",
    ]);
  });

  it("for a revoked key, at once", async () => {
    const { token } = await signIn();
    const { id, key } = await newKey(token);
    expect((await echo(key, null)).status).toBe(200);
    expect((await call("DELETE", `/api/v1/user/api-keys/${id}`, { token })).status).toBe(204);
    expect((await echo(key, null)).body.error.code).toBe("invalid_api_key");
  });
});

describe("403", () => {
  it("for a scope that the caller does not have", async () => {
    const { token } = await signIn();
    const { key } = await newKey(token, { scopes: ["inference"] });
    expect((await echo(key, null)).body.error.code).toBe("insufficient_scope");
    expect((await call("GET", "/api/v1/demo/admin", { token })).status).toBe(403);
    expect((await call("GET", "/api/v1/demo/admin", { token: ADMIN })).status).toBe(200);
  });

  it("for making keys, sessions or wallets with a key, or with its token", async () => {
    const { token } = await signIn();
    const { key } = await newKey(token, { scopes: ["inference", "read", "nodes"] });
    const traded = (await call("POST", "/api/v1/auth/login", { token: key })).body.access_token as string;
    for (const credential of [key, traded]) {
      const tries = [
        call("POST", "/api/v1/user/api-keys", { token: credential, body: { name: "more" } }),
        call("GET", "/api/v1/user/api-keys", { token: credential }),
        call("GET", "/api/v1/auth/sessions", { token: credential }),
        call("POST", "/api/v1/auth/wallets", { token: credential, body: { message: "x", signature: "0x00" } }),
      ];
      expect((await Promise.all(tries)).map((answer) => answer.status)).toEqual([403, 403, 403, 403]);
    }
    expect((await call("POST", "/api/v1/user/api-keys", { token, body: { name: "k", scopes: ["keys"] } })).status).toBe(
      400,
    );
  });

  it("for a refresh cookie sent by another site", async () => {
    const { answer } = await signIn(undefined, {});
    const cookie = answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const stolen = await call("POST", "/api/v1/auth/refresh", { headers: { cookie, origin: "http://evil.test" } });
    expect(stolen.status).toBe(403);
  });
});

describe("404: another tenant's ids do not exist", () => {
  it("keys, sessions, wallets", async () => {
    const [mine, theirs] = [await signIn(), await signIn()];
    const { id } = await newKey(theirs.token);
    const { body } = await call("GET", "/api/v1/auth/sessions", { token: theirs.token });
    const paths = [
      `/api/v1/user/api-keys/${id}`,
      `/api/v1/auth/sessions/${body.data[0].id}`,
      `/api/v1/auth/wallets/${theirs.account.address}`,
    ];
    for (const path of paths) expect((await call("DELETE", path, { token: mine.token })).status, path).toBe(404);
    const keys = await call("GET", "/api/v1/user/api-keys", { token: mine.token });
    expect(keys.body.data).toEqual([]);
    expect((await echo(theirs.token, null)).status).toBe(200);
  });
});

describe("429", () => {
  it("by account, with Retry-After, and no other account with it", async () => {
    const { token, accountId } = await signIn();
    const { key } = await newKey(token);
    await db.owner`update identity.users set rate_per_min = 3 where id = ${accountId}`;
    const statuses: number[] = [];
    let last: Answer | undefined;
    for (let i = 0; i < 4; i++) {
      last = await echo(key, null);
      statuses.push(last.status);
    }
    // Signing in and making the key may still count for the third.
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses.at(-1)).toBe(429);
    expect(last?.body.error.code).toBe("rate_limited");
    expect(Number(last?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await echo((await signIn()).token, null)).status).toBe(200);
  });

  it("by key, the account's other keys unharmed", async () => {
    const { token } = await signIn();
    const [slow, other] = [await newKey(token, { rate_per_min: 1 }), await newKey(token)];
    expect([(await echo(slow.key, null)).status, (await echo(slow.key, null)).status]).toEqual([200, 429]);
    expect((await echo(other.key, null)).status).toBe(200);
  });

  it("by address on routes that say so", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await call("GET", "/api/v1/demo/rare")).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

it("429 for strangers after many refusals from an address, not for whom it knows", async () => {
  const strict = createHttpHost({ port: 0, log: noLog });
  createGateway({
    host: strict,
    identity,
    areas: [userArea(identity)],
    limits: { ipPerMin: 0, refusedPerMin: 2 },
    log: noLog,
    version: "0",
    publicUrl: () => "",
  });
  const { url: at } = await strict.listen();
  const get = async (token: string) => {
    const answer = await fetch(`${at}/api/v1/user/profile`, { headers: { authorization: `Bearer ${token}` } });
    return answer.status;
  };
  const { token } = await signIn();
  expect(await get(token)).toBe(200);
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) statuses.push(await get(`far_live_${i}`));
  expect(statuses).toEqual([401, 401, 401, 429]);
  expect(await get(token)).toBe(200);
  await strict.close();
});

describe("Idempotency-Key", () => {
  it("runs 64 identical requests at once exactly once", async () => {
    const { token } = await signIn();
    let open: () => void = quiet;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const before = runs;
    const answers = Array.from({ length: 64 }, () => echo(token, "same"));
    while (runs === before) await new Promise((resolve) => setImmediate(resolve));
    open();
    const bodies = (await Promise.all(answers)).map((answer) => JSON.stringify(answer.body));
    expect(runs - before).toBe(1);
    expect(new Set(bodies).size).toBe(1);
    const later = await echo(token, "same");
    expect(later.headers.get("idempotency-replayed")).toBe("true");
    expect(JSON.stringify(later.body)).toBe(bodies[0]);
    expect(runs - before).toBe(1);
  });

  it("422 for another body, and another account's key is its own", async () => {
    const [mine, theirs] = [await signIn(), await signIn()];
    await echo(mine.token, "k1", "a");
    expect((await echo(mine.token, "k1", "b")).status).toBe(422);
    expect((await echo(theirs.token, "k1", "b")).body.text).toBe("b");
  });

  it("keeps a 400, and neither a 402, a 429, a 503 nor our own fault", async () => {
    const { token } = await signIn();
    fail = () => {
      throw coded("invalid_request");
    };
    expect((await echo(token, "kept")).status).toBe(400);
    fail = null;
    expect((await echo(token, "kept")).status).toBe(400);
    for (const error of [coded("rate_limited"), new Error("broken")]) {
      const name = `free ${error.message.length}`.replace(" ", "-");
      fail = () => {
        throw error;
      };
      expect((await echo(token, name)).status).toBeGreaterThanOrEqual(429);
      fail = null;
      const again = await echo(token, name);
      expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, null]);
    }
  });

  it("shows a new API key again, and stores it sealed", async () => {
    const { token } = await signIn();
    const make = () =>
      call("POST", "/api/v1/user/api-keys", { token, body: { name: "once" }, headers: { "idempotency-key": "mk" } });
    const [first, second] = [await make(), await make()];
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    const rows =
      await db.owner`select encode(sealed_body, 'escape') as text from platform.idempotency where key = 'mk'`;
    expect(JSON.stringify(rows)).not.toContain(first.body.key.slice(13));
  });

  it("400 for a malformed key", async () => {
    const { token } = await signIn();
    expect((await echo(token, "a b")).body.error).toMatchObject({
      code: "idempotency_key_invalid",
      param: "Idempotency-Key",
    });
    expect((await echo(token, "x".repeat(256))).status).toBe(400);
  });
});

describe("start", () => {
  it("refuses a route that does not say who may call it", async () => {
    const bare = createHttpHost({ port: 0, log: noLog });
    const area: RouteArea = { area: "bad", prefix: "/bad", register: (app) => void app.get("/open", async () => ({})) };
    createGateway({
      host: bare,
      identity,
      areas: [area],
      limits: { ipPerMin: 0, refusedPerMin: 10 },
      log: noLog,
      version: "0",
      publicUrl: () => "",
    });
    await expect(bare.listen()).rejects.toThrow("/bad/open does not say who may call it");
    await bare.close();
  });

  it("believes x-forwarded-for only from proxies it was told of", async () => {
    const { accountId } = await signIn();
    const { key } = await identity.createKey(accountId, { name: "ip", scopes: ["read"], ipAllow: ["203.0.113.9"] });
    const spoofed = await call("GET", "/api/v1/user/profile", {
      token: key,
      headers: { "x-forwarded-for": "203.0.113.9" },
    });
    expect(spoofed.body.error.code).toBe("ip_not_allowed");
    const behind = createHttpHost({ port: 0, log: noLog, trustProxy: ["127.0.0.1"] });
    createGateway({
      host: behind,
      identity,
      areas: [userArea(identity)],
      limits: { ipPerMin: 0, refusedPerMin: 10 },
      log: noLog,
      version: "0",
      publicUrl: () => "",
    });
    const { url: proxied } = await behind.listen();
    const headers = { authorization: `Bearer ${key}`, "x-forwarded-for": "203.0.113.9" };
    expect((await fetch(`${proxied}/api/v1/user/profile`, { headers })).status).toBe(200);
    await behind.close();
  });
});
