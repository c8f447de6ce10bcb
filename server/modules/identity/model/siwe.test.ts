import { createSiweMessage } from "viem/siwe";
import { describe, expect, it } from "vitest";
import { checkSiwe, SIWE_AGE_MS_MAX } from "./siwe.ts";

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const expected = { domain: "app.far.test:3000", uri: "https://app.far.test:3000", chainId: 31_337, nowMs };
const address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const good = {
  domain: expected.domain,
  uri: expected.uri,
  chainId: expected.chainId,
  address,
  nonce: "abcdefgh12345678",
  version: "1",
  issuedAt: new Date(nowMs),
  statement: "Sign in to Far Labs.",
} as const;
const check = (over: Partial<Parameters<typeof createSiweMessage>[0]>) =>
  checkSiwe(createSiweMessage({ ...good, ...over }), expected);

it("accepts the message that it asked for", () => {
  expect(check({})).toEqual({ ok: true, address, nonce: good.nonce });
  expect(check({ uri: `${expected.uri}/` }).ok).toBe(true);
  expect(check({ expirationTime: new Date(nowMs + 1), notBefore: new Date(nowMs) }).ok).toBe(true);
});

describe("refuses", () => {
  it.each([
    ["another domain", { domain: "evil.test:3000" }],
    ["the domain without its port", { domain: "app.far.test" }],
    ["another uri", { uri: "https://evil.test" }],
    ["a longer uri", { uri: `${expected.uri}/x` }],
    ["another chain", { chainId: 1 }],
    ["an old message", { issuedAt: new Date(nowMs - SIWE_AGE_MS_MAX - 1) }],
    ["a message of the future", { issuedAt: new Date(nowMs + 3_600_000) }],
    ["an expired message", { expirationTime: new Date(nowMs) }],
    ["a message not yet valid", { notBefore: new Date(nowMs + 1) }],
  ] as const)("%s", (_name, over) => {
    expect(check(over).ok).toBe(false);
  });

  it("no message at all, and a message that says a thing twice", () => {
    expect(checkSiwe("hello", expected).ok).toBe(false);
    const text = createSiweMessage(good);
    expect(checkSiwe(`${text}\nNonce: zzzzzzzzzzzz`, expected).ok).toBe(false);
    expect(checkSiwe(text.replace("Version: 1", "Version: 2"), expected).ok).toBe(false);
    expect(checkSiwe(text.replace(/Issued At: .*/, "Issued At: tomorrow"), expected).ok).toBe(false);
    expect(checkSiwe(`${text}\nExpiration Time: never`, expected).ok).toBe(false);
  });
});
