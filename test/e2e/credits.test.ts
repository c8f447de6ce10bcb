/** Credits and preferences through the API of a whole network: granted, spent beside the treasury's FAR, settled and clean. */
import { createClient } from "@farlabs/sdk";
import { testDatabase } from "@farlabs/server/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Builder, type Network, startNetwork } from "../support/network.ts";

const db = await testDatabase();
const messages = [{ role: "user" as const, content: "Say something short." }];
let network: Network;
let builder: Builder;

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url });
  const operator = await network.account();
  await network.agent(await network.joinToken(operator));
  builder = await network.builder(1);
  await network.untilServed("far-mini");
}, 120_000);
afterAll(() => network.close(), 60_000);

const call = async (path: string, init: { method: string; body?: unknown; token: string; key?: string }) => {
  const response = await fetch(`${network.url()}/api/v1${path}`, {
    method: init.method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${init.token}`,
      ...(init.key === undefined ? {} : { "idempotency-key": init.key }),
    },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const ADMIN = "test-admin-token-of-at-least-32-bytes";
const credits = async (): Promise<bigint> =>
  BigInt((await builder.client.balances.list()).find((b) => b.asset === "VCU")?.available ?? "0");
const ask = (headers: Record<string, string> = {}) =>
  fetch(`${network.url()}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${builder.apiKey}`, ...headers },
    body: JSON.stringify({ model: "far-mini", messages, max_tokens: 8 }),
  });

test("granted once, spent to the unit, with the treasury's FAR for the operator; the auditor finds nothing", async () => {
  const { body: profile } = await call("/user/profile", { method: "GET", token: builder.apiKey });
  const account = String(profile.account_id);
  const grant = { account, vcu: "5000", reason: "welcome" };
  const first = await call("/admin/credits", { method: "POST", body: grant, token: ADMIN, key: "welcome-1" });
  expect(first).toMatchObject({ status: 201, body: { account, vcu: "5000", available: "5000" } });
  await call("/admin/credits", { method: "POST", body: grant, token: ADMIN, key: "welcome-1" });
  expect(await credits()).toBe(5_000n);
  const refused = await call("/admin/credits", { method: "POST", body: grant, token: builder.apiKey });
  expect(refused.status).toBe(403);
  const unknown = { ...grant, account: "acct_nobody" };
  expect((await call("/admin/credits", { method: "POST", body: unknown, token: ADMIN })).status).toBe(404);

  const inCredits = await ask();
  expect(inCredits.status).toBe(200);
  expect(inCredits.headers.get("x-far-asset")).toBe("VCU");
  const charge = BigInt(inCredits.headers.get("x-far-charge") ?? "0");
  expect(charge > 0n).toBe(true);
  expect(await credits()).toBe(5_000n - charge);
  const { usage } = (await inCredits.json()) as { usage: { far_asset: string; far_charge: string } };
  expect(usage).toMatchObject({ far_asset: "VCU", far_charge: charge.toString() });
  const inFar = await ask({ "x-far-pay-with": "far" });
  expect(inFar.headers.get("x-far-asset")).toBe("FAR");
  expect((await ask({ "x-far-pay-with": "gold" })).status).toBe(400);
  const task = await builder.client.tasks.get(inCredits.headers.get("x-far-task-id") ?? "");
  expect(task).toMatchObject({ asset: "VCU", cost_vcu: charge.toString() });
  expect(BigInt(task.attempts[0]?.paid ?? "0") > 0n).toBe(true);
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 60_000);

test("preferences are the account's own, changed by a session alone, and hold for its requests", async () => {
  const get = () => call("/user/preferences", { method: "GET", token: builder.apiKey });
  expect((await get()).body).toEqual({ trusted_only: false, audits: true });
  const byKey = await call("/user/preferences", { method: "PUT", body: { audits: false }, token: builder.apiKey });
  expect(byKey.status).toBe(403);
  const { account: signer } = builder.wallet;
  const { access_token: token } = await createClient({ baseUrl: network.url() }).auth.signIn({
    address: signer.address,
    sign: (message) => signer.signMessage({ message }),
  });
  const put = (body: unknown) => call("/user/preferences", { method: "PUT", body, token });
  expect((await put({ audits: false })).body).toEqual({ trusted_only: false, audits: false });
  expect((await put({ trusted_only: true })).body).toEqual({ trusted_only: true, audits: false });
  expect((await get()).body).toEqual({ trusted_only: true, audits: false });
  expect((await put({ audits: "no" })).status).toBe(400);
  // The only node is staked, starts at a score of 80 and has nobody to check it, so a trusted request is served once that was looked at.
  await vi.waitUntil(async () => (await ask({ "x-far-trusted-only": "1" })).status === 200, {
    timeout: 15_000,
    interval: 500,
  });
  expect((await ask({ "x-far-trusted-only": "yes" })).status).toBe(400);
});
