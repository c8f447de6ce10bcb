import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { newId } from "#kernel";
import { createGroupCommit, type Tx } from "#platform/pg";
import { testDatabase } from "#testing";
import { createLedger, type FundsOut, type ReserveLeg } from "./index.ts";

const db = await testDatabase();
const published: unknown[] = [];
const ledger = createLedger({
  sql: db.sql,
  publish: async (_tx, events) => {
    published.push(...events);
  },
});
const commit = createGroupCommit(db.sql);
commit.register("funds", ledger.contributor);
afterAll(() => commit.close());

const SLICE = 1_000n * 10n ** 18n;
let n = 0;
let account = "";
let credits = "";
let wallet = "";
beforeEach(() => {
  n += 1;
  account = `acct_${n}`;
  credits = `vcu:account:${account}`;
  wallet = `far:wallet:0x${n.toString(16).padStart(40, "c")}`;
});

const available = async (id: string): Promise<bigint> => (await ledger.balance(id)).available;
const give = (to: string, amount: bigint) => {
  const id = newId("dep");
  return db.sql.begin((tx) =>
    ledger.transfer(tx as unknown as Tx, id, [{ id, debit: "far:escrow", credit: to, amount, kind: "deposit" }]),
  );
};
const grant = (vcu: bigint, id = newId("g")) =>
  ledger.grantCredits({ id, accountId: account, vcu, reason: "a test", by: "admin" });
/** Credits with the treasury's leg, else the wallet. */
const reserve = (id: string, vcu: bigint, wei: bigint) => {
  const legs: ReserveLeg[] = [
    { account: credits, amount: vcu },
    { account: "far:float", amount: wei },
  ];
  const otherwise = [{ account: wallet, amount: wei }];
  return commit.submit({ funds: { kind: "reserve", id, legs, otherwise, expiresAtMs: Date.now() + 60_000 } });
};

test("a grant is made once, however often it is sent, and told of once", async () => {
  const before = published.length;
  expect(await grant(500n, "one")).toEqual({ replayed: false });
  expect(await grant(500n, "one")).toEqual({ replayed: true });
  await expect(grant(501n, "one")).rejects.toMatchObject({ code: "id_reused" });
  expect(await available(credits)).toBe(500n);
  expect(published.slice(before)).toEqual([
    {
      topic: "ledger.credits_granted",
      payload: { account_id: account, vcu: "500", reason: "a test", by: "admin" },
    },
  ]);
  expect(await ledger.holders("vcu:account:")).toContain(credits);
});

test("without the treasury's leg a payer in credits is refused, and nothing is set aside", async () => {
  await grant(100n, `poor${n}`);
  await give(wallet, 10n ** 18n);
  const free = await available("far:float");
  const answer = await reserve(newId("task"), 10n, free + 1n);
  expect(answer).toMatchObject({ ok: false, error: { code: "treasury_leg_unavailable", spec: { status: 402 } } });
  expect(await ledger.balance(credits)).toMatchObject({ available: 100n, reserved: 0n });
  expect(await ledger.balance(wallet)).toMatchObject({ reserved: 0n });
});

test("the same reservation sent again says again which of the two it took", async () => {
  await give(wallet, 100n);
  const id = newId("task");
  for (const replayed of [false, true])
    expect(await reserve(id, 1n, 40n)).toMatchObject({
      ok: true,
      replayed,
      out: { funds: { reserved: [40n], otherwise: true } satisfies FundsOut },
    });
});

test("parallel requests walk past neither credits nor wallet, and what they leave is exact", async () => {
  await give("far:float", 10_000n);
  const amounts = fc.array(fc.record({ vcu: fc.bigInt(1n, 30n), used: fc.nat(100) }), { minLength: 1, maxLength: 24 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(amounts, fc.bigInt(0n, 120n), fc.bigInt(0n, 120n), async (asks, held, funds) => {
      run += 1;
      account = `acct_${n}_${run}`;
      credits = `vcu:account:${account}`;
      wallet = `far:wallet:0x${(n * 10_000 + run).toString(16).padStart(40, "d")}`;
      if (held > 0n) await grant(held);
      if (funds > 0n) await give(wallet, funds);
      const [float, pool] = [await available("far:float"), await available("far:pool:treasury")];
      const tasks = asks.map((ask) => ({ ...ask, id: newId("task") }));
      const answers = await Promise.all(tasks.map(({ id, vcu }) => reserve(id, vcu, vcu)));
      const inCredits = answers.map((a) => (a.ok ? !(a.out.funds as FundsOut).otherwise : null));
      const sum = (paid: boolean): bigint =>
        tasks.reduce((total, task, i) => total + (inCredits[i] === paid ? task.vcu : 0n), 0n);
      expect(sum(true) <= held && sum(false) <= funds).toBe(true);
      // Only who is covered by neither is refused; and who is covered by credits never pays from the wallet.
      tasks.forEach((task, i) => {
        if (inCredits[i] === null) expect(task.vcu > held - sum(true) && task.vcu > funds - sum(false)).toBe(true);
        if (inCredits[i] === false) expect(task.vcu > held - sum(true)).toBe(true);
      });
      const spent = [0n, 0n, 0n];
      await Promise.all(
        tasks.map(({ id, vcu, used }, i) => {
          if (inCredits[i] === null) return null;
          const amount = (vcu * BigInt(used)) / 100n;
          const to = [{ account: "far:pool:treasury", amount }];
          const legs = inCredits[i]
            ? [
                { account: credits, to: [{ account: "vcu:spent", amount }] },
                { account: "far:float", to },
              ]
            : [{ account: wallet, to }];
          const at = inCredits[i] ? 0 : 1;
          spent[at] = (spent[at] ?? 0n) + amount;
          return commit.submit({ funds: { kind: "post", id, legs } });
        }),
      );
      const [vcuSpent = 0n, farSpent = 0n] = spent;
      expect(await ledger.balance(credits)).toMatchObject({ available: held - vcuSpent, reserved: 0n });
      expect(await ledger.balance(wallet)).toMatchObject({ available: funds - farSpent, reserved: 0n });
      expect(await available("far:float")).toBe(float - vcuSpent);
      expect(await available("far:pool:treasury")).toBe(pool + vcuSpent + farSpent);
    }),
    { numRuns: 40 },
  );
  expect(await ledger.audit()).toEqual([]);
});

test("the float is filled from the treasury's pool once it is half empty, and no further than the pool goes", async () => {
  const drain = async (id: string): Promise<void> => {
    const amount = await available(id);
    const set = newId("x");
    if (amount > 0n)
      await db.sql.begin((tx) =>
        ledger.transfer(tx as unknown as Tx, set, [
          { id: set, debit: id, credit: "far:escrow", amount, kind: "claim" },
        ]),
      );
  };
  await drain("far:float");
  await drain("far:pool:treasury");
  await ledger.refillFloat();
  expect(await available("far:float")).toBe(0n);
  await give("far:pool:treasury", 7n);
  await ledger.refillFloat();
  expect([await available("far:float"), await available("far:pool:treasury")]).toEqual([7n, 0n]);
  await give("far:pool:treasury", 3n * SLICE);
  // The chain has less: the pool's rest is in no epoch yet.
  await ledger.refillFloat(async () => 5n);
  expect(await available("far:float")).toBe(7n);
  await ledger.refillFloat(async () => 9n);
  expect(await available("far:float")).toBe(9n);
  await ledger.refillFloat(async () => 4n * SLICE);
  await ledger.refillFloat();
  expect([await available("far:float"), await available("far:pool:treasury")]).toEqual([SLICE, 2n * SLICE + 7n]);
  expect(await ledger.audit()).toEqual([]);
});
