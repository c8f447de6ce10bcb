/** The reconciler on a real contract: what differs once is forgotten, what stays stops settlement, and a person lets it go on. */
import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "#testing";
import { type Bench, contextOf, emptyBooks, startBench } from "./harness.ts";
import { alert } from "./jobs/alert.ts";
import { createReconciler, type Reconciler } from "./jobs/reconcile.ts";
import { suspect } from "./model/suspicion.ts";
import { haltedBy } from "./operations/findings.ts";
import { readFindings } from "./operations/readFindings.ts";
import { resolveFinding } from "./operations/resolveFinding.ts";

const FAR = 10n ** 18n;
const db: TestDatabase = await testDatabase();
let bench: Bench;
let payer: TestWallet;
let reconciler: Reconciler;

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();

beforeEach(async () => {
  await emptyBooks(db.owner);
  bench = await startBench({ sql: db.sql });
  payer = await bench.network.wallet(20n * FAR);
  await payer.chain.approve({ amountWei: 20n * FAR });
  await payer.chain.deposit({ amountWei: 10n * FAR });
  await bench.round();
  await bench.spend(address(payer), FAR);
  await bench.settled();
  reconciler = createReconciler(bench.context);
});
afterEach(() => bench.close());

/** A later block, seen. */
async function next(): Promise<void> {
  await bench.network.passTime(1);
  await bench.round();
}

const wrong = (sign: "+" | "-") =>
  db.owner.unsafe(`UPDATE ledger.accounts SET credits = credits ${sign} 5 WHERE id = 'far:wallet:${address(payer)}'`);

describe("the reconciler", () => {
  it("finds nothing while the books agree", async () => {
    for (let i = 0; i < 3; i += 1) {
      expect(await reconciler.round()).toEqual([]);
      await next();
    }
    expect(await haltedBy(db.sql)).toBe(null);
  });

  it("stops settlement over a difference only when a later block shows it again", async () => {
    await wrong("+");
    expect(await reconciler.round()).toEqual([]);
    expect(await reconciler.round()).toEqual([]);
    expect(await haltedBy(db.sql)).toBe(null);
    await next();
    expect((await reconciler.round()).map((f) => f.code)).toContain("wallet_differs");
    expect(await haltedBy(db.sql)).toMatch(/chain is not ledger/);
    const epoch = await bench.network.roles.oracle.settledEpoch();
    await bench.spend(address(payer), FAR);
    for (let i = 0; i < 3; i += 1) expect(await bench.round()).toBe(false);
    expect(await bench.network.roles.oracle.settledEpoch()).toBe(epoch);

    // Resolved without being mended, it is found again; mended, settlement goes on.
    const resolveAll = async () => {
      for (const { key, resolved_at } of await readFindings(db.sql))
        if (resolved_at === null) await resolveFinding(bench.context, key, { actor: "acc_admin", reason: "a drill" });
    };
    await resolveAll();
    await next();
    await reconciler.round();
    expect(await haltedBy(db.sql)).not.toBe(null);
    await wrong("-");
    await resolveAll();
    await bench.settled();
    await reconciler.round();
    expect(await haltedBy(db.sql)).toBe(null);
    const [finding] = await readFindings(db.sql);
    expect(finding?.resolutions).toHaveLength(2);
  });

  it("forgets a difference that was gone at the next look", async () => {
    await wrong("+");
    await reconciler.round();
    await wrong("-");
    await next();
    expect(await reconciler.round()).toEqual([]);
    await wrong("+");
    await next();
    expect(await reconciler.round()).toEqual([]);
    expect(await haltedBy(db.sql)).toBe(null);
    await wrong("-");
  });

  it.each([
    [
      "a deposit that the listener never applied",
      "DELETE FROM settlement.chain_events WHERE name = 'Deposited'",
      "event_not_applied",
    ],
    [
      "a receipt that was changed",
      "UPDATE settlement.receipts SET charge_wei = charge_wei + 1, treasury_wei = treasury_wei + 1",
      "epoch_sums",
    ],
    [
      "an epoch's sums that were changed",
      "UPDATE settlement.epoch_nodes SET amount_wei = amount_wei + 1",
      "epoch_sums",
    ],
    [
      "a pool that has more than the contract ever booked for it",
      "UPDATE ledger.accounts SET credits = credits + 3 WHERE id = 'far:pool:stakers'",
      "stakers_differ",
    ],
  ])("sees %s, by the chain itself", async (_, change, code) => {
    await bench.ledger.fold();
    await db.owner.unsafe(change);
    await reconciler.round();
    await next();
    expect((await reconciler.round()).map((f) => f.code)).toContain(code);
    expect(await haltedBy(db.sql)).not.toBe(null);
  });
});

describe("alerts", () => {
  it("are raised while gas or treasury run low, stop nothing, and close by themselves", async () => {
    const config = {
      ...bench.context.config,
      SETTLEMENT_TREASURY_ALERT_FAR: 1_000,
      SETTLEMENT_GAS_ALERT_BATCHES: 10 ** 9,
    };
    await alert(contextOf(bench, { config }));
    const open = async () =>
      (await readFindings(db.sql)).filter((f) => f.resolved_at === null).map((f) => [f.code, f.severity]);
    expect(await open()).toEqual(
      expect.arrayContaining([
        ["low_gas", "alert"],
        ["low_treasury", "alert"],
      ]),
    );
    expect(await haltedBy(db.sql)).toBe(null);
    const stocks = await alert(contextOf(bench, { config: { ...config, SETTLEMENT_GAS_ALERT_BATCHES: 1 } }));
    expect(stocks.oracleGasWei > 0n).toBe(true);
    expect((await open()).map(([code]) => code)).toEqual(["low_treasury"]);
    const { treasury } = bench.network.roles;
    await treasury.approve({ amountWei: 1_000n * FAR });
    await treasury.fundTreasury({ amountWei: 1_000n * FAR });
    await alert(contextOf(bench, { config: { ...config, SETTLEMENT_GAS_ALERT_BATCHES: 1 } }));
    expect(await open()).toEqual([]);
  });
});

it("confirms a suspicion at a later block, never at the same one", () => {
  const found = { invariant: 6, code: "a", detail: "x" };
  const first = suspect(new Map(), { block: 5n, findings: [found] });
  expect(first.confirmed).toEqual([]);
  expect(suspect(first.suspicions, { block: 5n, findings: [found] }).confirmed).toEqual([]);
  expect(suspect(first.suspicions, { block: 6n, findings: [found] }).confirmed).toEqual([found]);
  const forgotten = suspect(first.suspicions, { block: 6n, findings: [] });
  expect(suspect(forgotten.suspicions, { block: 7n, findings: [found] }).confirmed).toEqual([]);
});
