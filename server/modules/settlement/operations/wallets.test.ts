import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { type Bench, startBench } from "../harness.ts";
import { recordFinding } from "./findings.ts";
import { collectReceivables } from "./wallets.ts";

const db = await testDatabase();
let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ sql: db.sql });
});
afterAll(() => bench.close());

const walletOf = (i: number): string => `0x${i.toString(16).padStart(40, "0")}`;

it("lets nobody wait behind debtors that never pay", async () => {
  for (let i = 1; i <= 5; i += 1) {
    const wallet = walletOf(i);
    await recordFinding(db.sql, { key: `owes:${i}`, code: "exit_before_settlement", detail: "it owes", wallet });
    const owed = { debit: `far:receivable:${wallet}`, credit: "far:escrow", amount: 5n, kind: "exit" };
    await db.sql.begin((tx) => bench.ledger.transfer(tx, `owe:${i}`, [{ ...owed, id: `owe:${i}` }]));
  }
  // The last has its money by now; two are looked at in a round.
  const [payer, paid] = [walletOf(5), { debit: "far:escrow", amount: 7n, kind: "sweep" }];
  await db.sql.begin((tx) =>
    bench.ledger.transfer(tx, "paid", [{ ...paid, id: "paid", credit: `far:wallet:${payer}` }]),
  );
  for (let i = 0; i < 3; i += 1) {
    await bench.passTime(1);
    await collectReceivables(bench.context, 2);
  }
  expect((await bench.ledger.balance(`far:receivable:${payer}`)).posted).toBe(0n);
  expect((await bench.ledger.balance(`far:wallet:${payer}`)).available).toBe(2n);
});
