import { afterAll, beforeEach, expect, test } from "vitest";
import { newId, systemClock } from "#kernel";
import { createGroupCommit, type Tx } from "#platform/pg";
import { testDatabase } from "#testing";
import { createLedger, type FundsPart, type Transfer } from "./index.ts";

const db = await testDatabase();
const ledger = createLedger({ sql: db.sql, clock: systemClock });
const commit = createGroupCommit(db.sql);
commit.register("funds", ledger.contributor);
afterAll(() => commit.close());

const later = (): number => Date.now() + 60_000;
const funds = (part: FundsPart) => commit.submit({ funds: part });
const reserve = (id: string, account: string, amount: bigint) =>
  funds({ kind: "reserve", id, legs: [{ account, amount }], expiresAtMs: later() });
const post = (id: string, account: string, to: [string, bigint][]) =>
  funds({ kind: "post", id, legs: [{ account, to: to.map(([target, amount]) => ({ account: target, amount })) }] });
const move = (setId: string, transfers: readonly Transfer[]) =>
  db.sql.begin((tx) => ledger.transfer(tx as unknown as Tx, setId, transfers));
const deposit = (account: string, amount: bigint) => {
  const id = newId("dep");
  return move(id, [{ id, debit: "far:escrow", credit: account, amount, kind: "deposit" }]);
};
const available = async (account: string): Promise<bigint> => (await ledger.balance(account)).available;

let wallet = "";
let owner = "";
let task = "";
let n = 0;
beforeEach(() => {
  n += 1;
  wallet = `far:wallet:0x${n.toString(16).padStart(40, "0")}`;
  owner = `far:owner:0x${n.toString(16).padStart(40, "b")}`;
  task = newId("task");
});

test("a task's money: reserved counts at once, what is not charged returns, parts reach their accounts", async () => {
  await deposit(wallet, 100n);
  expect(await reserve(task, wallet, 60n)).toMatchObject({
    ok: true,
    replayed: false,
    out: { funds: { reserved: [60n] } },
  });
  expect(await ledger.balance(wallet)).toMatchObject({ available: 40n, reserved: 60n, posted: 100n });
  const poolBefore = await available("far:pool:stakers");
  expect(
    (
      await post(task, wallet, [
        [owner, 30n],
        ["far:pool:stakers", 10n],
      ])
    ).ok,
  ).toBe(true);
  expect(await ledger.balance(wallet)).toMatchObject({ available: 60n, reserved: 0n, posted: 60n });
  expect(await available(owner)).toBe(30n);
  expect((await available("far:pool:stakers")) - poolBefore).toBe(10n);
});

test("insufficient_funds says what is needed and what there is", async () => {
  await deposit(wallet, 10n ** 18n / 4n);
  expect(await reserve(task, wallet, 10n ** 18n)).toMatchObject({
    ok: false,
    error: {
      code: "insufficient_funds",
      spec: { status: 402 },
      message: "This needs 1 FAR, and 0.25 FAR is available.",
    },
  });
  expect(await ledger.balance(wallet)).toMatchObject({ reserved: 0n });
});

test("a spend cap is drawn on in the same reservation, and names itself when it is short", async () => {
  const cap = `usd:cap:key_${n}`;
  await deposit(wallet, 100n);
  await move(newId("cap"), [{ id: newId("cap"), debit: "usd:source", credit: cap, amount: 5n, kind: "cap_grant" }]);
  const both = (id: string, usd: bigint): FundsPart => ({
    kind: "reserve",
    id,
    legs: [
      { account: wallet, amount: 10n },
      { account: cap, amount: usd },
    ],
    expiresAtMs: later(),
  });
  expect(await funds(both(newId("task"), 6n))).toMatchObject({ ok: false, error: { code: "spend_cap_reached" } });
  expect((await funds(both(task, 5n))).ok).toBe(true);
  const charged = await funds({
    kind: "post",
    id: task,
    legs: [
      { account: wallet, to: [{ account: owner, amount: 4n }] },
      { account: cap, to: [{ account: "usd:spent", amount: 2n }] },
    ],
  });
  expect(charged.ok).toBe(true);
  expect([await available(wallet), await available(cap)]).toEqual([96n, 3n]);
});

test("a frozen wallet reserves nothing, while what runs is posted; thawed it spends again", async () => {
  await deposit(wallet, 100n);
  await reserve(task, wallet, 10n);
  await db.sql.begin((tx) => ledger.setFrozen(tx as unknown as Tx, wallet, true));
  expect(await reserve(newId("task"), wallet, 1n)).toMatchObject({ ok: false, error: { code: "wallet_frozen" } });
  expect((await post(task, wallet, [[owner, 10n]])).ok).toBe(true);
  await deposit(wallet, 5n);
  expect(await ledger.balance(wallet)).toMatchObject({ available: 95n, frozen: true });
  await db.sql.begin((tx) => ledger.setFrozen(tx as unknown as Tx, wallet, false));
  expect((await reserve(newId("task"), wallet, 1n)).ok).toBe(true);
});

test("a wallet frozen before anything reached it keeps what comes frozen", async () => {
  await db.sql.begin((tx) => ledger.setFrozen(tx as unknown as Tx, wallet, true));
  await deposit(wallet, 5n);
  expect(await reserve(task, wallet, 1n)).toMatchObject({ ok: false, error: { code: "wallet_frozen" } });
});

test("replays: the same id and contents change nothing, other contents are id_reused", async () => {
  await deposit(wallet, 100n);
  await reserve(task, wallet, 60n);
  expect(await reserve(task, wallet, 60n)).toMatchObject({
    ok: true,
    replayed: true,
    out: { funds: { reserved: [60n] } },
  });
  expect(await reserve(task, wallet, 61n)).toMatchObject({ ok: false, error: { code: "id_reused" } });
  await post(task, wallet, [[owner, 1n]]);
  expect(await post(task, wallet, [[owner, 1n]])).toMatchObject({ ok: true, replayed: true });
  expect(await post(task, wallet, [[owner, 2n]])).toMatchObject({ ok: false, error: { code: "reservation_resolved" } });
  expect(await funds({ kind: "void", id: task })).toMatchObject({ ok: false, error: { code: "reservation_resolved" } });
  expect(await available(wallet)).toBe(99n);
});

test("a refused reserve is refused again, also when the money has come meanwhile; another id is served", async () => {
  expect((await reserve(task, wallet, 10n)).ok).toBe(false);
  await deposit(wallet, 100n);
  expect(await reserve(task, wallet, 10n)).toMatchObject({
    ok: false,
    error: { code: "insufficient_funds", message: /0 FAR is available/ },
  });
  expect(await reserve(task, wallet, 11n)).toMatchObject({ ok: false, error: { code: "id_reused" } });
  expect((await reserve(newId("task"), wallet, 10n)).ok).toBe(true);
});

test("a post beyond the reserve, of another account, or of nothing reserved is refused whole", async () => {
  await deposit(wallet, 100n);
  await reserve(task, wallet, 10n);
  expect(
    await post(task, wallet, [
      [owner, 6n],
      ["far:pool:treasury", 5n],
    ]),
  ).toMatchObject({ ok: false, error: { code: "post_exceeds_reserve" } });
  expect(await post(task, "far:wallet:0xother", [[owner, 1n]])).toMatchObject({
    ok: false,
    error: { code: "post_exceeds_reserve" },
  });
  expect(await post(newId("task"), wallet, [[owner, 1n]])).toMatchObject({
    ok: false,
    error: { code: "reservation_not_found" },
  });
  expect(await ledger.balance(wallet)).toMatchObject({ available: 90n, reserved: 10n });
});

test("64 reserves at once on a balance for ten: ten pass", async () => {
  await deposit(wallet, 10n);
  const outcomes = await Promise.all(Array.from({ length: 64 }, () => reserve(newId("task"), wallet, 1n)));
  expect(outcomes.filter((outcome) => outcome.ok).length).toBe(10);
  expect(await available(wallet)).toBe(0n);
});

test("two processes draw on one wallet and never beyond it", async () => {
  await deposit(wallet, 50n);
  const others = [createGroupCommit(db.sql), createGroupCommit(db.sql, { inFlight: 2 })];
  for (const other of others) other.register("funds", createLedger({ sql: db.sql }).contributor);
  const outcomes = await Promise.all(
    Array.from({ length: 120 }, async (_, index) => {
      const id = newId("task");
      const through = others[index % 2] ?? commit;
      const first = await through.submit({
        funds: { kind: "reserve", id, legs: [{ account: wallet, amount: 1n }], expiresAtMs: later() },
      });
      if (!first.ok) return 0;
      const second = await (others[(index + 1) % 2] ?? commit).submit({
        funds: { kind: "post", id, legs: [{ account: wallet, to: [{ account: owner, amount: 1n }] }] },
      });
      return second.ok ? 1 : 0;
    }),
  );
  await Promise.all(others.map((other) => other.close()));
  expect(outcomes.reduce<number>((sum, one) => sum + one, 0)).toBe(50);
  expect([await available(wallet), await available(owner)]).toEqual([0n, 50n]);
});

test("post, void and expiry race for one reservation: exactly one wins", async () => {
  await deposit(wallet, 100n);
  const other = createGroupCommit(db.sql);
  other.register("funds", createLedger({ sql: db.sql }).contributor);
  for (let round = 0; round < 10; round++) {
    const id = newId("task");
    await reserve(id, wallet, 5n);
    const [posted, voided, expired] = await Promise.all([
      post(id, wallet, [[owner, 5n]]),
      other.submit({ funds: { kind: "void", id } }),
      ledger.expire(Date.now() + 3_600_000, 100),
    ]);
    expect([posted.ok, voided.ok, expired.includes(id)].filter(Boolean).length).toBe(1);
  }
  await other.close();
  expect((await ledger.balance(wallet)).reserved).toBe(0n);
});

test("expiry returns what was reserved, once, and leaves what is not due", async () => {
  await deposit(wallet, 100n);
  const due = newId("task");
  await reserve(due, wallet, 10n);
  await funds({
    kind: "reserve",
    id: task,
    legs: [{ account: wallet, amount: 20n }],
    expiresAtMs: later() + 3_600_000,
  });
  expect((await ledger.open([due, task])).map((row) => row.id)).toEqual([due, task]);
  expect(await ledger.expire(later() + 1_000, 1_000)).toContain(due);
  expect(await ledger.expire(later() + 1_000, 1_000)).not.toContain(due);
  expect((await ledger.open()).map((row) => row.id)).toContain(task);
  expect(await ledger.balance(wallet)).toMatchObject({ available: 80n, reserved: 20n });
  expect(await post(due, wallet, [[owner, 1n]])).toMatchObject({
    ok: false,
    error: { code: "reservation_resolved", message: /expired/ },
  });
});

test("a claim drains what is appended but not folded, and not more", async () => {
  await deposit(wallet, 100n);
  await reserve(task, wallet, 40n);
  await post(task, wallet, [[owner, 40n]]);
  const claim = (amount: bigint) => {
    const id = newId("claim");
    return move(id, [{ id, debit: owner, credit: "far:escrow", amount, kind: "claim" }]);
  };
  await expect(claim(41n)).rejects.toMatchObject({ code: "insufficient_funds" });
  await claim(30n);
  expect(await available(owner)).toBe(10n);
  const raced = await Promise.allSettled([claim(6n), claim(6n), ledger.fold()]);
  expect(raced.filter((result) => result.status === "rejected").length).toBe(1);
  expect(await available(owner)).toBe(4n);
});

test("a set of transfers is atomic, replayed by its id, and refused under it with other contents", async () => {
  const set: Transfer[] = [
    { id: `${task}:1`, debit: "far:escrow", credit: wallet, amount: 10n, kind: "deposit" },
    { id: `${task}:2`, debit: wallet, credit: "far:pool:treasury", amount: 4n, kind: "fee" },
  ];
  expect(await move(task, set)).toEqual({ replayed: false });
  expect(await move(task, set)).toEqual({ replayed: true });
  await expect(move(task, set.slice(0, 1))).rejects.toMatchObject({ code: "id_reused" });
  const bad = newId("set");
  await expect(
    move(bad, [
      { id: `${bad}:1`, debit: "far:escrow", credit: wallet, amount: 1n, kind: "deposit" },
      { id: `${bad}:2`, debit: wallet, credit: owner, amount: 1_000n, kind: "fee" },
    ]),
  ).rejects.toMatchObject({ code: "insufficient_funds" });
  expect(await available(wallet)).toBe(6n);
});

test("the same set made twice at once is made once", async () => {
  const set: Transfer[] = [{ id: task, debit: "far:escrow", credit: wallet, amount: 10n, kind: "deposit" }];
  const results = await Promise.allSettled([move(task, set), move(task, set), move(task, set)]);
  expect(results.filter((result) => result.status === "fulfilled" && !result.value.replayed).length).toBe(1);
  expect(await available(wallet)).toBe(10n);
});

test("history is newest first, and its pages join without gap or repetition", async () => {
  for (let i = 1; i <= 7; i++) await deposit(wallet, BigInt(i));
  await reserve(task, wallet, 10n);
  await post(task, wallet, [
    [owner, 8n],
    ["far:pool:stakers", 2n],
  ]);
  const seen: bigint[] = [];
  let cursor: string | undefined;
  do {
    const page = await ledger.history(wallet, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.data.map((row) => row.amount));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([2n, 8n, 7n, 6n, 5n, 4n, 3n, 2n, 1n]);
  const [pool] = (await ledger.history("far:pool:stakers", { limit: 1 })).data;
  expect(pool).toMatchObject({ id: `charge:${task}:1`, debit: wallet, amount: 2n, kind: "charge" });
  await expect(ledger.history(wallet, { limit: 1, cursor: "x" })).rejects.toMatchObject({ code: "invalid_request" });
});

test("the serving role cannot rewrite history", async () => {
  for (const table of ["transfers", "reservations", "resolutions", "transfer_sets"]) {
    await expect(db.sql.unsafe(`DELETE FROM ledger.${table}`)).rejects.toThrow(/permission denied/);
    await expect(db.sql.unsafe(`UPDATE ledger.${table} SET at = now()`)).rejects.toThrow(/permission denied/);
  }
});

test("the books balance, and the auditor finds each kind of tampering", async () => {
  await ledger.fold();
  expect(await ledger.audit()).toEqual([]);
  for (const { debits, credits } of await ledger.trialBalance()) expect(debits).toBe(credits);
  await deposit(wallet, 100n);
  await reserve(task, wallet, 10n);
  await post(task, wallet, [[owner, 10n]]);
  await reserve(`${task}-open`, wallet, 1n);
  const tampering: [string, string, RegExp][] = [
    [
      `UPDATE ledger.accounts SET credits = credits + 1 WHERE id = '${wallet}'`,
      `UPDATE ledger.accounts SET credits = credits - 1 WHERE id = '${wallet}'`,
      /balances are the sum|debits are credits/,
    ],
    [
      `UPDATE ledger.accounts SET reserved = reserved + 1 WHERE id = '${wallet}'`,
      `UPDATE ledger.accounts SET reserved = reserved - 1 WHERE id = '${wallet}'`,
      /reserved is the sum/,
    ],
    [
      `UPDATE ledger.transfers SET amount = amount + 1 WHERE cause = '${task}'`,
      `UPDATE ledger.transfers SET amount = amount - 1 WHERE cause = '${task}'`,
      /charged is at most reserved/,
    ],
    [
      `UPDATE ledger.resolutions SET kind = 'voided' WHERE id = '${task}'`,
      `UPDATE ledger.resolutions SET kind = 'posted' WHERE id = '${task}'`,
      /charged is at most reserved/,
    ],
    [
      `UPDATE ledger.reservations SET expires_at = now() - interval '1 hour' WHERE id = '${task}-open'`,
      `UPDATE ledger.reservations SET expires_at = now() + interval '1 hour' WHERE id = '${task}-open'`,
      /no reservation is overdue/,
    ],
  ];
  for (const [tamper, undo, finding] of tampering) {
    await db.owner.unsafe(tamper);
    expect((await ledger.audit()).join("\n")).toMatch(finding);
    await db.owner.unsafe(undo);
  }
  expect(await ledger.audit()).toEqual([]);
});
