/** Revenue counted from events beside a real ledger: the sums are the ledger's, to the wei. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Principal } from "#identity";
import { newId } from "#kernel";
import { createLedger, type Ledger, splitCharge } from "#ledger";
import { createHttpHost, type HttpHost } from "#platform/http";
import { noLog } from "#platform/log";
import { createOutbox, type Outbox } from "#platform/outbox";
import { createGroupCommit, type GroupCommit, type Tx } from "#platform/pg";
import { testDatabase } from "#testing";
import { createRevenue, type Revenue, revenueTopics } from "./index.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
const PAYER = `far:wallet:0x${"aa".repeat(20)}`;
const OWNERS = [1, 2, 3].map((i) => `0x${`0${i}`.repeat(20)}`);
let ledger: Ledger;
let outbox: Outbox;
let commits: GroupCommit;
let revenue: Revenue;
let host: HttpHost;
let url: string;
let nowMs = Date.parse("2026-03-10T23:30:00Z");
const told: string[] = [];

beforeAll(async () => {
  ledger = createLedger({ sql: db.sql });
  outbox = createOutbox({ sql: db.sql, log: noLog, pollMs: 5 });
  commits = createGroupCommit(db.sql);
  commits.register("funds", ledger.contributor);
  commits.register("events", outbox.contributor);
  let monotonicMs = 0;
  revenue = createRevenue({
    sql: db.sql,
    // Each look at the clock is a minute later, so that no test waits for a shared page to grow old.
    clock: { now: () => nowMs, monotonic: () => (monotonicMs += 60_000) },
    accountOf: async (wallet) => (wallet === OWNERS[2] ? null : `acc_${wallet.slice(2, 4)}`),
  });
  revenue.onEarned((accountId) => void told.push(accountId));
  outbox.consume("analytics.revenue", revenueTopics, (tx, events) => revenue.count(tx, events));
  await outbox.start();
  const deposit = { id: "in:0", debit: "far:escrow", credit: PAYER, amount: 10n ** 30n, kind: "deposit" };
  await db.sql.begin((tx) => ledger.transfer(tx as unknown as Tx, "in", [deposit]));
  host = createHttpHost({ port: 0, log: noLog });
  host.app.decorateRequest("principal");
  host.app.register(
    async (app) => {
      app.addHook("onRequest", async (request) => {
        const wallets = String(request.headers["x-wallets"] ?? "").split(",");
        request.principal = { accountId: "acc_01", wallets } as unknown as Principal;
      });
      revenue.area.register(app);
    },
    { prefix: revenue.area.prefix },
  );
  ({ url } = await host.listen());
});
afterAll(async () => {
  await host.close();
  await outbox.stop();
  await commits.close();
});

/** A task as inference settles it: money and event in one unit. */
async function spend(
  chargeWei: bigint,
  nodes: readonly { owner: string; tokens: number; score: number }[],
  rate8: bigint,
) {
  const id = newId("task");
  const funds = {
    kind: "reserve",
    id,
    legs: [{ account: PAYER, amount: chargeWei }],
    expiresAtMs: Date.now() + 600_000,
  };
  expect((await commits.submit({ funds })).ok).toBe(true);
  const split = splitCharge(
    chargeWei,
    nodes.map((n) => ({ account: `far:owner:${n.owner}`, outputTokens: n.tokens, score: n.score })),
  );
  const parts = [
    ...split.operators,
    { account: "far:pool:stakers", amount: split.stakers },
    { account: "far:pool:treasury", amount: split.treasury },
  ];
  const to = parts.filter((part) => part.amount > 0n);
  const payload = {
    ...{ task_id: id, charge: chargeWei.toString(), rate: rate8.toString(), purpose: "user" },
    ...{ stakers: split.stakers.toString(), treasury: split.treasury.toString() },
    nodes: split.operators.map((o) => ({ node_id: "n", owner: o.account.slice(10), amount: o.amount.toString() })),
  };
  const post = { kind: "post", id, legs: [{ account: PAYER, to }] };
  const events = [{ topic: "inference.task_finished", payload }];
  expect((await commits.submit({ funds: post, events })).ok).toBe(true);
}

const task = fc.record({
  chargeWei: fc.oneof(fc.bigInt({ min: 1n, max: 50n }), fc.bigInt({ min: 1n, max: 1_000n * FAR })),
  rate8: fc.bigInt({ min: 1n, max: 10n ** 10n }),
  hours: fc.nat(30),
  nodes: fc.uniqueArray(
    fc.record({ who: fc.nat(2), tokens: fc.integer({ min: 1, max: 500 }), score: fc.integer({ min: 0, max: 100 }) }),
    {
      ...{ minLength: 1, maxLength: 3, selector: (n) => n.who },
    },
  ),
});

it("sums to the ledger by role and owner, to the wei, and to the charges in all", async () => {
  let chargedWei = 0n;
  let usd26 = 0n;
  await fc.assert(
    fc.asyncProperty(fc.array(task, { minLength: 5, maxLength: 20 }), async (tasks) => {
      for (const { chargeWei, rate8, hours, nodes } of tasks) {
        nowMs += hours * 3_600_000;
        await spend(
          chargeWei,
          nodes.map((n) => ({ owner: OWNERS[n.who] ?? "", tokens: n.tokens, score: n.score })),
          rate8,
        );
        chargedWei += chargeWei;
        usd26 += chargeWei * rate8;
        if (hours > 0) await outbox.settled();
      }
      await outbox.settled();
      const { network } = await revenue.summary([], 366);
      const posted = async (account: string): Promise<string> => (await ledger.balance(account)).posted.toString();
      expect(network.total.amount_far).toBe(chargedWei.toString());
      expect(BigInt(network.total.amount_usd.replace(".", ""))).toBe(usd26 / 10n ** 20n);
      expect(network.by_role.stakers.amount_far).toBe(await posted("far:pool:stakers"));
      expect(network.by_role.treasury.amount_far).toBe(await posted("far:pool:treasury"));
      for (const owner of OWNERS) {
        const { own } = await revenue.summary([owner], 366);
        expect(own.operator.amount_far).toBe(await posted(`far:owner:${owner}`));
        const days = own.by_day.reduce((sum, d) => sum + BigInt(d.amount_far), 0n);
        expect(days.toString()).toBe(own.operator.amount_far);
      }
      const byStream = Object.values(network.by_stream).reduce((sum, s) => sum + BigInt(s.amount_far), 0n);
      expect(byStream).toBe(chargedWei);
    }),
    { numRuns: process.env.FAR_DEEP === "1" ? 40 : 4, endOnFailure: true },
  );
  expect(new Set(told)).toEqual(new Set(["acc_01", "acc_02"]));
}, 120_000);

it("counts an event once though its consumer dies before it has moved on", async () => {
  const before = await revenue.summary([], 366);
  let isBroken = true;
  const second = createOutbox({ sql: db.sql, log: noLog, pollMs: 5 });
  await outbox.stop();
  second.consume("analytics.revenue", revenueTopics, async (tx, events) => {
    await revenue.count(tx, events);
    if (!isBroken) return;
    isBroken = false;
    throw new Error("dies here");
  });
  await second.start();
  await spend(FAR, [{ owner: OWNERS[0] ?? "", tokens: 1, score: 80 }], 10_000_000n);
  await second.settled();
  await second.stop();
  await outbox.start();
  const after = await revenue.summary([], 366);
  expect(isBroken).toBe(false);
  expect(BigInt(after.network.total.amount_far) - BigInt(before.network.total.amount_far)).toBe(FAR);
});

it("keeps apart what checks brought, what stakers claimed, and what cost nothing", async () => {
  const before = await revenue.summary([OWNERS[2] ?? ""], 366);
  const claim = {
    ...{
      wallet: OWNERS[2],
      revenue: "500",
      base: "70",
      rate: "10000000",
      tx_hash: `0x${"cd".repeat(32)}`,
      log_index: 1,
    },
    at: new Date(nowMs).toISOString(),
  };
  const node = { node_id: "n", owner: OWNERS[2], amount: "60" };
  const check = { charge: "100", rate: "10000000", purpose: "check", stakers: "20", treasury: "20", nodes: [node] };
  const failed = { task_id: "t", status: "failed", error: "server_restarted", charge: "0", nodes: [] };
  await db.sql.begin((tx) =>
    outbox.publish(tx as unknown as Tx, [
      { topic: "staking.rewards_claimed", payload: claim },
      { topic: "inference.task_finished", payload: check },
      { topic: "inference.task_finished", payload: failed },
    ]),
  );
  await outbox.settled();
  const { network, own } = await revenue.summary([OWNERS[2] ?? ""], 366);
  const grown = (now: { amount_far: string }, then: { amount_far: string }) =>
    BigInt(now.amount_far) - BigInt(then.amount_far);
  expect(grown(network.total, before.network.total)).toBe(100n);
  expect(grown(network.paid_by_treasury, before.network.paid_by_treasury)).toBe(100n);
  expect(grown(own.operator, before.own.operator)).toBe(60n);
  // The base reward comes from a reserve, not from use.
  expect(grown(own.staker, before.own.staker)).toBe(500n);
  const [newest] = (await revenue.streams([OWNERS[2] ?? ""], { stream_type: "inference", limit: 1 })).data;
  expect(newest).toMatchObject({ role: "staker", amount_far: "500", transaction_hash: claim.tx_hash, user_id: null });
});

it("shows everybody the network, and each caller only its own, in pages without gaps", async () => {
  const get = async (path: string, wallets = ""): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(`${url}/api/v1/revenue/${path}`, { headers: { "x-wallets": wallets } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const { body: network } = await get("network?days=366");
  expect(network).toHaveProperty("network.by_role.stakers");
  expect(network).not.toHaveProperty("own");
  const owner = OWNERS[0] ?? "";
  const all = (await get("streams?limit=100", owner)).body.data as { wallet: string; stream_type: string }[];
  expect(all.length).toBeGreaterThan(2);
  expect(new Set(all.map((row) => `${row.wallet} ${row.stream_type}`))).toEqual(new Set([`${owner} gpu`]));
  const paged: unknown[] = [];
  for (let query = "streams?limit=2"; ; ) {
    const { body } = await get(query, owner);
    paged.push(...(body.data as unknown[]));
    if (body.next_cursor === null) break;
    query = `streams?limit=2&cursor=${String(body.next_cursor)}`;
  }
  expect(paged).toEqual(all);
  expect((await get("streams", "")).body).toEqual({ data: [], next_cursor: null });
  expect((await get("streams?stream_type=gaming", owner)).body).toEqual({ data: [], next_cursor: null });
  for (const bad of [
    "summary?days=0",
    "summary?days=367",
    "streams?limit=0",
    "streams?cursor=x",
    "streams?stream_type=x",
    "streams?user=1",
  ]) {
    expect((await get(bad, owner)).status).toBe(400);
  }
});
