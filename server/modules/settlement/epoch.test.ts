import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "./audit/audit.ts";
import { type Bench, contextOf, startBench } from "./harness.ts";
import { listen } from "./jobs/listen.ts";
import { settle } from "./jobs/settle.ts";
import { ownerEarnings } from "./operations/ownerEarnings.ts";
import { readEpoch } from "./operations/readEpoch.ts";
import { solvency } from "./operations/solvency.ts";
import { createReceipts } from "./receipts/createReceipts.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;

beforeAll(async () => {
  bench = await startBench({ sql: db.sql });
});
afterAll(() => bench.close());

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();

async function funded(amountWei: bigint): Promise<TestWallet> {
  const wallet = await bench.network.wallet(amountWei);
  await wallet.chain.approve({ amountWei });
  await wallet.chain.deposit({ amountWei });
  return wallet;
}

async function expectClean(): Promise<void> {
  const report = await audit(bench.context, {});
  expect(report.findings).toEqual([]);
  expect(report.checked).toHaveLength(7);
  expect((await solvency(bench.context)).difference).toBe("0");
}

describe("an epoch", () => {
  it("credits a deposit, nets tasks, settles them on chain, and pays a claim", async () => {
    const operator = await bench.network.wallet(0n);
    const owner = address(operator);
    const payer = await funded(100n * FAR);
    await bench.round();
    expect((await bench.ledger.balance(`far:wallet:${address(payer)}`)).available).toBe(100n * FAR);

    for (let i = 0; i < 5; i += 1) await bench.spend(address(payer), FAR + BigInt(i), owner);
    const charged = 5n * FAR + 10n;
    const earned = (await bench.ledger.balance(`far:owner:${owner}`)).posted;
    expect(await ownerEarnings(bench.context, owner)).toMatchObject({
      ...{ claimed: "0", claimable: "0", pending: String(earned), held: "0", rooted: null },
      nodes: [{ node_id: "node_1", pending: String(earned), paid: "0" }],
    });
    expect((await solvency(bench.context)).unsettled).toBe(String(charged));

    await bench.settled();
    const chain = bench.network.roles.oracle;
    expect(await bench.onChain(address(payer))).toBe(100n * FAR - charged);
    expect(await chain.owed({ payee: operator.account.address })).toBe(earned);
    const epoch = Number(await chain.settledEpoch());
    expect(await readEpoch(db.sql, epoch)).toMatchObject({
      status: "settled",
      task_count: 5,
      declared: String(charged),
      funded: String(charged),
      receipts_root: await chain.receiptsRootOf({ epoch: BigInt(epoch) }),
    });

    await operator.chain.claim();
    await bench.round();
    expect(await ownerEarnings(bench.context, owner)).toMatchObject({
      ...{ claimed: String(earned), claimable: "0", pending: "0", next_epoch_at: null },
      nodes: [{ node_id: "node_1", paid: String(earned), claimable: "0", pending: "0" }],
    });
    expect((await bench.ledger.balance(`far:owner:${owner}`)).posted).toBe(0n);
    await expectClean();
  });

  it("names on each receipt the epoch that settled it", async () => {
    const payer = await funded(10n * FAR);
    await bench.round();
    await bench.spend(address(payer), FAR);
    await bench.settled();
    const [row] = await db.sql<{ task_id: string }[]>`
      SELECT task_id FROM settlement.receipts WHERE payer_wallet = ${address(payer)}`;
    const receipt = await createReceipts(bench.context).receipt(`acc_${address(payer)}`, row?.task_id ?? "");
    expect(receipt.proof.inclusion?.epoch).toBe(Number(await bench.network.roles.oracle.settledEpoch()));
  });

  it("waits for the interval, and then takes what is there", async () => {
    const context = contextOf(bench, { config: { ...bench.context.config, SETTLEMENT_EPOCH_INTERVAL_S: 10 } });
    const payer = await funded(10n * FAR);
    await bench.round(context);
    await bench.spend(address(payer), FAR);
    const before = await bench.network.roles.oracle.settledEpoch();
    for (let i = 0; i < 4; i += 1) await bench.round(context);
    expect(await bench.network.roles.oracle.settledEpoch()).toBe(before);
    await bench.settled(context);
    expect(await bench.network.roles.oracle.settledEpoch()).toBe(before + 1n);
  });

  it("goes at once when enough tasks wait", async () => {
    const config = { ...bench.context.config, SETTLEMENT_EPOCH_INTERVAL_S: 1_000_000, SETTLEMENT_EPOCH_TASKS: 3 };
    const context = contextOf(bench, { config });
    const payer = await funded(10n * FAR);
    await bench.round(context);
    for (let i = 0; i < 2; i += 1) await bench.spend(address(payer), FAR);
    const before = await bench.network.roles.oracle.settledEpoch();
    await bench.round(context);
    expect(await bench.network.roles.oracle.settledEpoch()).toBe(before);
    await bench.spend(address(payer), FAR);
    await bench.round(context);
    expect(await bench.network.roles.oracle.settledEpoch()).toBe(before + 1n);
    await bench.settled();
  });
});

describe("two settlers", () => {
  it("at once settle each task once", async () => {
    const payer = await funded(50n * FAR);
    await bench.round();
    const before = await bench.network.roles.oracle.settledEpoch();
    for (let i = 0; i < 6; i += 1) {
      await bench.spend(address(payer), FAR);
      await Promise.all([bench.round(), bench.round(), bench.round()]);
    }
    await bench.settled();
    expect(await bench.onChain(address(payer))).toBe(44n * FAR);
    expect(await bench.network.roles.oracle.settledEpoch()).toBeGreaterThan(before);
    await expectClean();
  });

  it("do no harm even without the lock", async () => {
    const payer = await funded(50n * FAR);
    await payer.chain.approve({ amountWei: FAR });
    await bench.network.roles.treasury.transfer({ to: payer.account.address, amountWei: FAR });
    await bench.round();
    await bench.spend(address(payer), FAR);
    // What leaders do whose locks were lost with their connections.
    const round = async () => {
      await listen(bench.context);
      await settle(bench.context);
    };
    await Promise.allSettled([round(), round(), round()]);
    await payer.chain.deposit({ amountWei: FAR });
    await Promise.allSettled([round(), round(), round()]);
    await bench.settled();
    expect(await bench.onChain(address(payer))).toBe(50n * FAR);
    await expectClean();
  });
});
