import type { ApiKeyInfo } from "@farlabs/protocol";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { createSiweMessage } from "viem/siwe";
import { beforeEach, describe, expect, it } from "vitest";
import { FarError } from "#kernel";
import { testDatabase } from "#testing";
import { createIdentity, type Identity, type IdentityDeps, identityConfig, type Principal } from "./index.ts";
import { newApiKey } from "./model/apiKey.ts";

const db = await testDatabase();
const IP = "127.0.0.1";
const ADMIN = "admin-token-admin-token-admin-token";
const config = identityConfig.parse({
  JWT_SECRET: "a secret of this test, 32 bytes long",
  ADMIN_TOKEN: ADMIN,
  ACCOUNT_KEYS_MAX: "3",
});

let nowMs = Date.now();
const clock = { now: () => nowMs, monotonic: () => nowMs };
const caps = new Map<string, bigint>();
const hooks: Pick<IdentityDeps, "onKeyCreated" | "capBalances"> = {
  onKeyCreated: async (tx, key) => {
    await tx`select 1`;
    caps.set(key.account, key.capMicroUsd);
  },
  capBalances: async (accounts) => accounts.map((account) => ({ account, posted: caps.get(account) ?? 0n })),
};

const make = (over: Partial<IdentityDeps> = {}) => createIdentity({ sql: db.sql, config, clock, ...hooks, ...over });
let identity: Identity;
beforeEach(async () => {
  identity = await make();
});

const wallet = () => privateKeyToAccount(generatePrivateKey());
/** A signed sign-in message; `over` spoils it. */
async function signed(account: PrivateKeyAccount, over: Partial<Parameters<typeof createSiweMessage>[0]> = {}) {
  const { nonce, domain, uri, chainId } = await identity.siweNonce(account.address);
  const message = createSiweMessage({
    address: account.address,
    chainId,
    domain,
    nonce,
    uri,
    version: "1",
    issuedAt: new Date(nowMs),
    ...over,
  });
  return { message, signature: await account.signMessage({ message }) };
}
async function signIn(account = wallet()) {
  const { message, signature } = await signed(account);
  return { account, session: await identity.siweVerify(message, signature, "test") };
}
const bearer = async (token: string, ip = IP): Promise<Principal> => identity.authenticate(`Bearer ${token}`, ip);
/** The code of what a call throws, at once or later. */
async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return error instanceof FarError ? error.code : String(error);
  }
  return "no error";
}
const INFERENCE = { name: "k", scopes: ["inference", "read"] as const };

describe("sign-in by wallet", () => {
  it("opens one account per wallet, whatever the number of first sign-ins at once", async () => {
    const account = wallet();
    const messages = await Promise.all(Array.from({ length: 6 }, () => signed(account)));
    const sessions = await Promise.all(messages.map((m) => identity.siweVerify(m.message, m.signature)));
    expect(new Set(sessions.map((session) => session.accountId)).size).toBe(1);
    const principal = await bearer(sessions[0]?.accessToken ?? "");
    expect(principal).toMatchObject({ via: "session", wallets: [account.address.toLowerCase()], keyId: null });
    expect([...principal.scopes]).toEqual(["inference", "read", "nodes", "keys", "wallets", "withdraw"]);
  });

  it.each([
    ["another domain", { domain: "evil.test" }],
    ["another nonce", { nonce: "0123456789abcdef" }],
    ["another chain", { chainId: 1 }],
    ["another uri", { uri: "http://evil.test" }],
    ["an expired message", { expirationTime: new Date(0) }],
    ["a message not yet valid", { notBefore: new Date(nowMs + 3_600_000) }],
    ["an old message", { issuedAt: new Date(0) }],
  ])("refuses %s", async (_name, over) => {
    const { message, signature } = await signed(wallet(), over);
    expect(await codeOf(() => identity.siweVerify(message, signature))).toBe("invalid_signature");
  });

  it("refuses another's signature, and a nonce made for another address", async () => {
    const [owner, thief] = [wallet(), wallet()];
    const { message } = await signed(owner);
    const signature = await thief.signMessage({ message });
    expect(await codeOf(() => identity.siweVerify(message, signature))).toBe("invalid_signature");
    const { nonce } = await identity.siweNonce(owner.address);
    const stolen = await signed(thief, { nonce });
    expect(await codeOf(() => identity.siweVerify(stolen.message, stolen.signature))).toBe("invalid_signature");
  });

  it("consumes a nonce once, of eight at the same time", async () => {
    const { message, signature } = await signed(wallet());
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => codeOf(() => identity.siweVerify(message, signature))),
    );
    expect(codes.filter((code) => code === "no error")).toHaveLength(1);
  });

  it("lets a nonce expire", async () => {
    const { message, signature } = await signed(wallet());
    nowMs += 9 * 60_000;
    const second = await signed(wallet());
    nowMs += 2 * 60_000;
    expect(await codeOf(() => identity.siweVerify(message, signature))).toBe("invalid_signature");
    expect(await codeOf(() => identity.siweVerify(second.message, second.signature))).toBe("no error");
  });

  it("asks the chain about a contract wallet", async () => {
    const contract = wallet();
    const asked: string[] = [];
    identity = await make({
      chain: {
        verifyMessage: async (p) => {
          asked.push(p.address);
          return p.signature === "0x1271";
        },
      },
    });
    const { message } = await signed(contract);
    expect(await codeOf(() => identity.siweVerify(message, "0x1271"))).toBe("no error");
    const again = await signed(contract);
    expect(await codeOf(() => identity.siweVerify(again.message, "0x00"))).toBe("invalid_signature");
    expect(asked).toEqual([contract.address, contract.address]);
  });
});

describe("sessions", () => {
  it("rotates, and gives the immediate predecessor ten seconds", async () => {
    const { session } = await signIn();
    const second = await identity.refresh(session.refreshToken);
    expect(second.refreshToken).not.toBe(session.refreshToken);
    nowMs += 10_000;
    const sibling = await identity.refresh(session.refreshToken);
    const third = await identity.refresh(sibling.refreshToken);
    expect((await bearer(third.accessToken)).accountId).toBe(session.accountId);
  });

  it("revokes the family on reuse, at once in this process", async () => {
    const { session } = await signIn();
    const second = await identity.refresh(session.refreshToken);
    const third = await identity.refresh(second.refreshToken);
    expect((await bearer(third.accessToken)).sessionId).not.toBeNull();
    expect(await codeOf(() => identity.refresh(session.refreshToken))).toBe("invalid_token");
    expect(await codeOf(() => identity.refresh(third.refreshToken))).toBe("invalid_token");
    expect(await codeOf(() => bearer(third.accessToken))).toBe("invalid_token");
  });

  it("revokes on a late predecessor too", async () => {
    const { session } = await signIn();
    const second = await identity.refresh(session.refreshToken);
    nowMs += 10_001;
    expect(await codeOf(() => identity.refresh(session.refreshToken))).toBe("invalid_token");
    expect(await codeOf(() => identity.refresh(second.refreshToken))).toBe("invalid_token");
  });

  it("a made-up token neither works nor harms", async () => {
    const { session } = await signIn();
    expect(await codeOf(() => identity.refresh("far_refresh_nonsense"))).toBe("invalid_token");
    expect(await codeOf(() => identity.refresh(session.refreshToken))).toBe("no error");
  });

  it("ends after fifteen minutes without refresh, and after seven days for good", async () => {
    const { session } = await signIn();
    nowMs += 15 * 60_000 + 1_000;
    expect(await codeOf(() => bearer(session.accessToken))).toBe("invalid_token");
    nowMs += 8 * 86_400_000;
    expect(await codeOf(() => identity.refresh(session.refreshToken))).toBe("invalid_token");
  });

  it("logs out", async () => {
    const { session } = await signIn();
    const principal = await bearer(session.accessToken);
    expect(await identity.alive(principal)).toBe(true);
    await identity.logout(principal.sessionId ?? "");
    expect(await codeOf(() => bearer(session.accessToken))).toBe("invalid_token");
    expect(await codeOf(() => identity.refresh(session.refreshToken))).toBe("invalid_token");
    expect(await identity.alive(principal)).toBe(false);
  });

  it("another process hears of it within five seconds", async () => {
    const { session } = await signIn();
    const elsewhere = await make();
    const seen = () => codeOf(() => elsewhere.authenticate(`Bearer ${session.accessToken}`, IP));
    expect(await seen()).toBe("no error");
    await identity.revokeToken(session.refreshToken);
    nowMs += 5_000;
    expect(await seen()).toBe("invalid_token");
  });

  it("refuses a token signed by anybody else, or changed", async () => {
    const { session } = await signIn();
    const [head = "", body = "", signature = ""] = session.accessToken.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
    const forged = Buffer.from(JSON.stringify({ ...claims, scope: "admin" })).toString("base64url");
    expect(await codeOf(() => bearer(`${head}.${forged}.${signature}`))).toBe("invalid_token");
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    expect(await codeOf(() => bearer(`${none}.${body}.`))).toBe("invalid_token");
    expect(await codeOf(() => bearer("nonsense"))).toBe("invalid_token");
  });
});

describe("API keys", () => {
  const account = () => identity.openAccount(wallet().address);

  it("answers a known key at once, with its own scopes and wallets", async () => {
    const accountId = await account();
    const { key, info } = await identity.createKey(accountId, INFERENCE);
    expect(key).toMatch(/^far_test_[0-9A-Za-z]{38}$/);
    expect(info.prefix).toBe(key.slice(0, 13));
    const first = await bearer(key);
    expect(first).toMatchObject({ accountId, via: "key", keyId: info.id, capAccount: null, ratePerMin: 600 });
    expect([...first.scopes]).toEqual(["inference", "read"]);
    // No promise: the hot path does not wait.
    expect(identity.authenticate(`Bearer ${key}`, IP)).toBe(first);
    expect(() => identity.require(first, "inference")).not.toThrow();
    expect(await codeOf(() => identity.require(first, "keys"))).toBe("insufficient_scope");
  });

  it("stores no key in clear", async () => {
    const { key } = await identity.createKey(await account(), INFERENCE);
    const rows = await db.owner`select k::text as text from identity.api_keys k`;
    expect(JSON.stringify(rows)).not.toContain(key.slice(13));
  });

  it.each([
    ["nothing", undefined, "missing_credentials"],
    ["another scheme", "Basic abc", "missing_credentials"],
    ["a word", "Bearer", "missing_credentials"],
    ["a mistyped key", "Bearer far_live_abc", "invalid_api_key"],
    ["an unknown key", `Bearer ${newApiKey("test")}`, "invalid_api_key"],
  ])("refuses %s", async (_name, header, code) => {
    expect(await codeOf(() => identity.authenticate(header, IP))).toBe(code);
  });

  it("revokes at once here, and within five seconds elsewhere", async () => {
    const accountId = await account();
    const { key, info } = await identity.createKey(accountId, INFERENCE);
    const elsewhere = await make();
    const there = () => codeOf(() => elsewhere.authenticate(`Bearer ${key}`, IP));
    expect([await there(), await codeOf(() => bearer(key))]).toEqual(["no error", "no error"]);
    await identity.revokeKey(accountId, info.id);
    expect(await codeOf(() => bearer(key))).toBe("invalid_api_key");
    nowMs += 5_000;
    expect(await there()).toBe("invalid_api_key");
    expect(await codeOf(() => identity.revokeKey(accountId, info.id))).toBe("not_found");
  });

  it("a revocation while the key is being read is not forgotten", async () => {
    const accountId = await account();
    const { key, info } = await identity.createKey(accountId, INFERENCE);
    const reading = codeOf(() => bearer(key));
    await identity.revokeKey(accountId, info.id);
    await reading;
    expect(await codeOf(() => bearer(key))).toBe("invalid_api_key");
  });

  it("renews behind the caller: a busy key never waits", async () => {
    const accountId = await account();
    const { key } = await identity.createKey(accountId, INFERENCE);
    const before = await bearer(key);
    nowMs += 3_000;
    expect(identity.authenticate(`Bearer ${key}`, IP)).toBe(before);
    let renewed: unknown = before;
    while (renewed === before) {
      await new Promise((resolve) => setImmediate(resolve));
      renewed = identity.authenticate(`Bearer ${key}`, IP);
    }
    nowMs += 4_000;
    expect(identity.authenticate(`Bearer ${key}`, IP)).toBe(renewed);
  });

  it("ends with its expiry, cached or not", async () => {
    const accountId = await account();
    const { key } = await identity.createKey(accountId, { ...INFERENCE, expiresAt: new Date(nowMs + 1_000) });
    expect(await codeOf(() => bearer(key))).toBe("no error");
    nowMs += 1_000;
    expect(await codeOf(() => bearer(key))).toBe("api_key_expired");
    nowMs += 10_000;
    expect(await codeOf(() => bearer(key))).toBe("api_key_expired");
  });

  it("works from its addresses only, cached or not", async () => {
    const { key } = await identity.createKey(await account(), { ...INFERENCE, ipAllow: ["10.0.0.0/8"] });
    for (let i = 0; i < 2; i++) {
      expect(await codeOf(() => bearer(key, "10.1.2.3"))).toBe("no error");
      expect(await codeOf(() => bearer(key, "192.0.2.1"))).toBe("ip_not_allowed");
    }
  });

  it("has its cap before it works, and no key without it", async () => {
    const accountId = await account();
    const { key, info } = await identity.createKey(accountId, { ...INFERENCE, capMicroUsd: 5_000n });
    expect(caps.get(`usd:cap:${info.id}`)).toBe(5_000n);
    expect((await bearer(key)).capAccount).toBe(`usd:cap:${info.id}`);
    caps.set(`usd:cap:${info.id}`, 3_200n);
    const { data } = await identity.listKeys(accountId, { limit: 10 });
    expect(data[0]).toMatchObject({ cap_micro_usd: "5000", spent_micro_usd: "1800" });
    const failing = await make({ onKeyCreated: async () => Promise.reject(new Error("ledger down")) });
    await expect(failing.createKey(accountId, { ...INFERENCE, capMicroUsd: 1n })).rejects.toThrow("ledger down");
    expect((await identity.listKeys(accountId, { limit: 10 })).data).toHaveLength(1);
  });

  it("is limited in number, also in parallel", async () => {
    const accountId = await account();
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => codeOf(() => identity.createKey(accountId, INFERENCE))),
    );
    expect(codes.filter((code) => code === "no error")).toHaveLength(3);
    expect(codes.filter((code) => code === "too_many_keys")).toHaveLength(5);
  });

  it("lists by page, newest first", async () => {
    const accountId = await account();
    for (const name of ["a", "b", "c"]) await identity.createKey(accountId, { ...INFERENCE, name });
    const pages: ApiKeyInfo[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await identity.listKeys(accountId, { limit: 2, ...(cursor === "" ? {} : { cursor }) });
      pages.push(...page.data);
      cursor = page.nextCursor;
    }
    expect(pages).toHaveLength(3);
    expect(pages.map((info) => info.id)).toEqual(
      pages
        .map((info) => info.id)
        .sort()
        .reverse(),
    );
  });

  it("remembers when it was used", async () => {
    const accountId = await account();
    const { key } = await identity.createKey(accountId, INFERENCE);
    await bearer(key);
    const usedMs = nowMs;
    nowMs += 1_000;
    await identity.maintain();
    expect((await identity.listKeys(accountId, { limit: 1 })).data[0]?.last_used_at).toBe(
      new Date(usedMs).toISOString(),
    );
  });

  it("becomes a token with its own scopes, which ends with it", async () => {
    const accountId = await account();
    const { key, info } = await identity.createKey(accountId, { ...INFERENCE, capMicroUsd: 5n, ipAllow: [IP] });
    const { accessToken } = await identity.tokenForKey(await bearer(key));
    const principal = await bearer(accessToken);
    expect(principal).toMatchObject({ via: "key-token", keyId: info.id, capAccount: `usd:cap:${info.id}` });
    expect([...principal.scopes]).toEqual(["inference", "read"]);
    expect(await codeOf(() => bearer(accessToken, "192.0.2.1"))).toBe("ip_not_allowed");
    expect(await codeOf(() => identity.tokenForKey(principal))).toBe("forbidden");
    const other = await identity.tokenForKey(await bearer(key));
    await identity.revokeToken(accessToken);
    expect(await codeOf(() => bearer(accessToken))).toBe("invalid_token");
    expect(await codeOf(() => bearer(other.accessToken))).toBe("no error");
    await identity.revokeKey(accountId, info.id);
    expect(await codeOf(() => bearer(other.accessToken))).toBe("invalid_token");
  });

  it("a suspended account is refused everywhere", async () => {
    const { account: owner, session } = await signIn();
    const { key } = await identity.createKey(session.accountId, INFERENCE);
    await db.owner`update identity.users set status = 'suspended' where id = ${session.accountId}`;
    expect(await codeOf(() => bearer(key))).toBe("account_suspended");
    expect(await codeOf(() => bearer(session.accessToken))).toBe("account_suspended");
    expect(await codeOf(() => identity.refresh(session.refreshToken))).toBe("invalid_token");
    expect(await codeOf(() => signIn(owner))).toBe("account_suspended");
  });
});

describe("wallets", () => {
  it("are added by proof, belong to one account, and one stays", async () => {
    const { account, session } = await signIn();
    const extra = wallet();
    const proof = await signed(extra);
    const first = account.address.toLowerCase();
    const second = extra.address.toLowerCase();
    expect(await identity.addWallet(session.accountId, proof.message, proof.signature)).toEqual([first, second]);
    expect((await signIn(extra)).session.accountId).toBe(session.accountId);
    const other = await signIn();
    const again = await signed(extra);
    expect(await codeOf(() => identity.addWallet(other.session.accountId, again.message, again.signature))).toBe(
      "wallet_taken",
    );
    expect(await codeOf(() => identity.removeWallet(other.session.accountId, second))).toBe("not_found");
    expect(await identity.removeWallet(session.accountId, first)).toEqual([second]);
    expect(await codeOf(() => identity.removeWallet(session.accountId, second))).toBe("last_wallet");
    expect(await identity.accountOfWallet(first)).toBeNull();
    expect(await identity.account(session.accountId)).toMatchObject({ wallets: [second] });
  });
});

describe("sealing", () => {
  it("opens for the same account only, in any process", async () => {
    const [mine, theirs] = [await identity.openAccount(wallet().address), await identity.openAccount(wallet().address)];
    const boxes = await Promise.all(Array.from({ length: 4 }, () => identity.seal(mine, "prompt")));
    const elsewhere = await make();
    for (const box of boxes) expect(await elsewhere.open(mine, box)).toBe("prompt");
    await expect(identity.open(theirs, boxes[0] ?? Buffer.of())).rejects.toThrow();
  });
});

describe("secrets", () => {
  it("refuses another JWT_SECRET on the same database", async () => {
    const other = identityConfig.parse({ JWT_SECRET: "another secret, also 32 bytes long." });
    await expect(make({ config: other })).rejects.toThrow("JWT_SECRET");
  });

  it("publishes public halves only", () => {
    expect(identity.jwks().keys.length).toBeGreaterThan(0);
    for (const key of identity.jwks().keys) expect(key).not.toHaveProperty("d");
  });

  it("renews the signing key after ninety days; the old one verifies on", async () => {
    const { session } = await signIn();
    const [before] = identity.jwks().keys;
    nowMs += 91 * 86_400_000;
    await identity.maintain();
    expect(identity.jwks().keys[0]?.kid).not.toBe(before?.kid);
    expect(identity.jwks().keys.map((key) => key.kid)).toContain(before?.kid);
    expect(await codeOf(() => bearer(session.accessToken))).toBe("invalid_token");
    expect(await codeOf(() => signIn())).toBe("no error");
    nowMs += 2 * 3_600_000;
    await identity.maintain();
    expect(identity.jwks().keys.map((key) => key.kid)).not.toContain(before?.kid);
  });

  it("takes the admin token for admin, never in production", async () => {
    const admin = await bearer(ADMIN);
    expect(admin).toMatchObject({ via: "admin", accountId: "admin" });
    expect([...admin.scopes]).toEqual(["admin", "read"]);
    const env = { JWT_SECRET: "x".repeat(32), NODE_ENV: "production" };
    expect(identityConfig.safeParse(env).success).toBe(true);
    expect(identityConfig.safeParse({ ...env, ADMIN_TOKEN: ADMIN }).success).toBe(false);
    expect(identityConfig.safeParse({ ...env, JWT_SECRET: `dev-${"x".repeat(32)}` }).success).toBe(false);
    expect(identityConfig.safeParse({ ...env, JWT_SECRET: "short" }).success).toBe(false);
  });
});
