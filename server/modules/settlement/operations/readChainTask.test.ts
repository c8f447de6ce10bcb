import { afterAll, expect, it } from "vitest";
import { createGroupCommit } from "#platform/pg";
import { testDatabase } from "#testing";
import type { ReceiptPart } from "../settlement.ts";
import { receiptContributor } from "./insertReceipts.ts";
import { readChainTask } from "./readChainTask.ts";

const db = await testDatabase();
const commit = createGroupCommit(db.sql);
commit.register("receipt", receiptContributor);
afterAll(() => commit.close());

const wallet = `0x${"ab".repeat(20)}`;
const id = `0x${"12".repeat(32)}`;
let nowMs = Date.parse("2026-01-01T00:00:00Z");
const clock = { now: () => nowMs, monotonic: () => nowMs };
const read = () => readChainTask({ sql: db.sql, clock }, id);

const receipt: ReceiptPart = {
  ...{
    taskId: "task_1",
    payerWallet: `task:${id}`,
    payerAccount: "a",
    payerSalt: `0x${"55".repeat(16)}`,
    purpose: "user",
    model: "m",
    manifestHash: null,
  },
  ...{ inputTokens: 1, outputTokens: 1, inputMicro: 1n, outputMicro: 1n, rate8: 1n, asset: "FAR", chargeWei: 5n },
  ...{ chargeVcu: null, split: { operatorWei: 3n, stakersWei: 1n, treasuryWei: 1n }, createdAtMs: nowMs },
  ...{ requestHash: `0x${"11".repeat(32)}`, responseHash: `0x${"22".repeat(32)}`, salt: `0x${"33".repeat(16)}` },
  nodes: [
    {
      ...{ nodeId: "n", owner: wallet, attempt: 1, tokens: 1, tokensClaimed: 1, score: 80, amountWei: 3n, held: false },
      outputHash: `0x${"44".repeat(32)}`,
    },
  ],
};

it("is open until it paid for an answer, its time is over, or it is closed on chain", async () => {
  expect(await read()).toBeNull();
  await db.sql`
    INSERT INTO settlement.chain_tasks (id, wallet, escrowed_wei, usable_until, reclaimable_at)
    VALUES (${id}, ${wallet}, 10, '2026-01-01T00:20:00Z', '2026-01-01T01:00:00Z')`;
  expect(await read()).toEqual({ wallet, open: true });
  nowMs += 20 * 60_000;
  expect(await read()).toEqual({ wallet, open: false });
  nowMs -= 60_000;
  expect(await read()).toEqual({ wallet, open: true });
  expect((await commit.submit({ receipt })).ok).toBe(true);
  expect(await read()).toEqual({ wallet, open: false });
  await db.owner`UPDATE settlement.receipts SET epoch = 0`;
  await db.owner`UPDATE settlement.chain_tasks SET state = 'completed'`;
  expect(await read()).toEqual({ wallet, open: false });
});

it("is not open while more wait to be completed than can be in time", async () => {
  await db.owner`TRUNCATE settlement.receipts, settlement.chain_tasks`;
  await db.sql`
    INSERT INTO settlement.chain_tasks (id, wallet, escrowed_wei, usable_until, reclaimable_at)
    VALUES (${id}, ${wallet}, 10, '2026-01-02', '2026-01-03')`;
  const wait = async (from: number, to: number) => {
    const others = Array.from({ length: to - from }, (_, at) => at + from).map((i) => ({
      ...receipt,
      payerWallet: `task:0x${String(i).padStart(64, "0")}`,
      taskId: `w_${i}`,
    }));
    const done = await Promise.all(others.map((other) => commit.submit({ receipt: other })));
    expect(done.filter((outcome) => !outcome.ok)).toEqual([]);
  };
  await wait(0, 399);
  expect(await read()).toEqual({ wallet, open: true });
  await wait(399, 400);
  expect(await read()).toEqual({ wallet, open: false });
  await db.owner`UPDATE settlement.receipts SET epoch = 0 WHERE task_id = 'w_0'`;
  expect(await read()).toEqual({ wallet, open: true });
});
