import { beforeEach, expect, it } from "vitest";
import { coded } from "#kernel";
import "./errors.ts";
import { createGrants } from "./grants.ts";
import type { Grant } from "./principals.ts";

const grant = (keyId: string): Grant => ({
  principal: {
    accountId: "acct",
    via: "key",
    keyId,
    sessionId: null,
    scopes: new Set(),
    wallets: [],
    capAccount: null,
    ratePerMin: 1,
    concurrencyMax: 1,
  },
  allow: null,
  expiresAtMs: Number.POSITIVE_INFINITY,
  expiredCode: "invalid_token",
});

let nowMs = 0;
let loads = 0;
let load: (secret: string) => Promise<Grant>;
const grants = () =>
  createGrants({
    clock: { now: () => nowMs, monotonic: () => nowMs },
    load: (secret) => {
      loads++;
      return load(secret);
    },
  });
beforeEach(() => {
  nowMs = 0;
  loads = 0;
  load = async (secret) => grant(secret);
});

it("loads once for many at the same time, then answers without a promise", async () => {
  const store = grants();
  await Promise.all(Array.from({ length: 50 }, () => store.get("a")));
  expect(loads).toBe(1);
  expect(store.get("a")).not.toBeInstanceOf(Promise);
  expect([store.has("a"), store.has("b")]).toEqual([true, false]);
});

it("does not keep what was read before a revocation", async () => {
  const store = grants();
  let finish: (read: Grant) => void = () => {};
  load = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const first = store.get("a");
  store.forget("a");
  finish(grant("a"));
  await first;
  load = async () => {
    throw coded("invalid_api_key");
  };
  await expect((async () => store.get("a"))()).rejects.toMatchObject({ code: "invalid_api_key" });
});

it("does not renew what was revoked while it was renewed", async () => {
  const store = grants();
  await store.get("a");
  nowMs = 3_000;
  let finish: (read: Grant) => void = () => {};
  load = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  store.get("a");
  store.forget("a");
  finish(grant("a"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(store.has("a")).toBe(false);
});

it("never answers with more than five seconds, even when it cannot renew", async () => {
  const store = grants();
  await store.get("a");
  load = async () => Promise.reject(new Error("database down"));
  nowMs = 4_999;
  expect(store.get("a")).not.toBeInstanceOf(Promise);
  nowMs = 5_000;
  await expect(store.get("a")).rejects.toThrow("database down");
  load = async (secret) => grant(secret);
  await expect(store.get("a")).resolves.toBeDefined();
});

it("remembers a refusal for five seconds, and a flood of them pushes no grant out", async () => {
  const store = grants();
  await store.get("good");
  load = async () => {
    throw coded("invalid_api_key");
  };
  for (let i = 0; i < 10_100; i++) await (async () => store.get(`bad${i}`))().catch(() => {});
  const before = loads;
  expect(() => store.get("bad10099")).toThrow();
  expect(loads).toBe(before);
  expect(store.has("good")).toBe(true);
  nowMs = 5_000;
  await expect(store.get("bad10099")).rejects.toThrow();
  expect(loads).toBe(before + 1);
});
