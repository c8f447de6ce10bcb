/** The module through its door: loops, pages, auditor. */
import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "#kernel";
import { createHttpHost, type HttpHost } from "#platform/http";
import { noLog } from "#platform/log";
import { testDatabase } from "#testing";
import type { AuditSources, TaskFact } from "./audit/sources.ts";
import { type Bench, startBench } from "./harness.ts";
import { createSettlement, type Settlement, settlementConfig, settlementTopics } from "./index.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;
let settlement: Settlement;
let host: HttpHost;
let url: string;
let tasks: AuditSources["tasks"];

const config = settlementConfig.parse({
  ...{ CHAIN_CONFIRMATIONS: "1", CHAIN_POLL_MS: "50", SETTLEMENT_EPOCH_INTERVAL_S: "1" },
});
const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();

beforeAll(async () => {
  bench = await startBench({ sql: db.sql });
  const { ledger, outbox } = bench;
  const auditSources: AuditSources = { tasks: async (after, limit) => (await tasks?.(after, limit)) ?? [] };
  const { chain, signer, taskMsMax } = bench.context;
  const deps = { sql: db.sql, ledger, outbox, chain, signer, config, taskMsMax, clock: systemClock, log: noLog };
  settlement = createSettlement({ ...deps, auditSources });
  host = createHttpHost({ port: 0, log: noLog });
  for (const area of settlement.areas) host.app.register(async (app) => area.register(app), { prefix: area.prefix });
  ({ url } = await host.listen());
  tasks = tasksOfReceipts;
});
afterAll(async () => {
  await settlement.stop();
  await host.close();
  await bench.close();
});

/** Tasks as inference would state them, from the ledger's side. */
async function tasksOfReceipts(after: string | null, limit: number): Promise<TaskFact[]> {
  const rows = await db.owner<{ id: string; reserved: string; charged: string }[]>`
    SELECT r.id, r.amounts[1] AS reserved, coalesce((SELECT sum(amount) FROM ledger.transfers t WHERE t.cause = r.id), 0) AS charged
    FROM ledger.reservations r WHERE r.id > ${after ?? ""} ORDER BY r.id LIMIT ${limit}`;
  return rows.map((row) => ({
    ...{ taskId: row.id, terminal: true },
    ...{ reservedWei: BigInt(row.reserved), chargedWei: BigInt(row.charged) },
  }));
}

async function funded(amountWei: bigint): Promise<TestWallet> {
  const wallet = await bench.network.wallet(amountWei);
  await wallet.chain.approve({ amountWei });
  await wallet.chain.deposit({ amountWei });
  return wallet;
}

describe("running by itself", () => {
  it("credits, settles and shows it", async () => {
    await settlement.start();
    const seen: string[] = [];
    const mute = bench.outbox.listen(Object.values(settlementTopics), (event) => void seen.push(event.topic));
    await bench.outbox.start();
    const payer = await funded(20n * FAR);
    const balance = async () => (await bench.ledger.balance(`far:wallet:${address(payer)}`)).available;
    await vi.waitUntil(async () => (await balance()) === 20n * FAR, { timeout: 20_000 });
    await bench.spend(address(payer), FAR);
    await vi.waitUntil(async () => (await settlement.epoch(1))?.status === "settled", { timeout: 20_000 });
    await vi.waitUntil(() => seen.includes(settlementTopics.epochSettled), { timeout: 20_000 });
    expect(seen).toContain(settlementTopics.depositConfirmed);
    mute();
    await settlement.stop();
    expect(settlement.backlogged()).toBe(false);
  });

  it("answers the public pages", async () => {
    const page = await fetch(`${url}/api/v1/network/solvency`);
    expect(page.status).toBe(200);
    expect(await page.json()).toMatchObject({
      ...{ escrow_balance: String(20n * FAR), liabilities: String(20n * FAR), difference: "0", surplus: "0" },
      ...{ last_settled_epoch: 1, unsettled: "0" },
      trial_balance: [{ asset: "far", debits: expect.any(String), credits: expect.any(String) }],
    });
    const epoch = await fetch(`${url}/api/v1/network/epochs/1`);
    expect(await epoch.json()).toMatchObject({ epoch: 1, status: "settled", task_count: 1, declared: String(FAR) });
    expect((await fetch(`${url}/api/v1/network/epochs/2`)).status).toBe(404);
    for (const bad of ["0", "-1", "x", "1.5"]) {
      expect((await fetch(`${url}/api/v1/network/epochs/${bad}`)).status).toBe(400);
    }
  });

  it("serves an epoch's file for ever, and proofs only to those that a root holds", async () => {
    const answer = await fetch(`${url}/api/v1/network/epochs/1/file`);
    expect(answer.headers.get("cache-control")).toContain("immutable");
    expect(answer.headers.get("content-disposition")).toContain("epoch-1.json");
    expect(await answer.text()).toBe(await settlement.epochFile(1));
    const statusOf = async (path: string) => (await fetch(`${url}/api/v1/network/epochs/${path}`)).status;
    expect(await statusOf("2/file")).toBe(404);
    expect(await statusOf(`1/payees/0x${"ab".repeat(20)}`)).toBe(404);
    for (const bad of ["1/payees/0x12", "0/file", "x/file", `1/payees/0x${"zz".repeat(20)}`])
      expect(await statusOf(bad)).toBe(400);
  });

  it("shows in memory what a scrape asks for, once the reconciler has looked", async () => {
    await settlement.start();
    await vi.waitUntil(() => settlement.figures().oracleGasWei !== null, { timeout: 10_000 });
    await vi.waitUntil(() => settlement.figures().lastEpoch === 1, { timeout: 10_000 });
    expect(settlement.figures()).toMatchObject({ halted: false, unsettledWei: 0n, openFindings: 0 });
    await settlement.stop();
  });

  it("tells what nodes have at risk for earnings that no epoch covers", async () => {
    expect(await settlement.unsettled()).toEqual({ epoch: 1, nodes: {} });
  });

  it("does not call a gift to the contract a difference", async () => {
    const { roles, contracts } = bench.network;
    await roles.treasury.transfer({ to: contracts.inferencePayment, amountWei: 7n });
    await bench.round();
    await vi.waitUntil(async () => (await settlement.solvency()).surplus === "7", {
      timeout: 10_000,
    });
    expect((await settlement.solvency()).difference).toBe("0");
    expect((await settlement.audit()).findings).toEqual([]);
  });
});

describe("the auditor", () => {
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const back of undo.splice(0)) await back();
    tasks = tasksOfReceipts;
    expect((await settlement.audit()).findings).toEqual([]);
  });

  it("finds nothing while nothing is wrong, and says what it looked at", async () => {
    const answer = await fetch(`${url}/api/v1/admin/audit`, { method: "POST" });
    const report = (await answer.json()) as { findings: unknown[]; checked: string[] };
    expect(report.findings).toEqual([]);
    expect(report.checked.join(" ")).toMatch(/1, 2, 4: ledger.*2, 3: \d+ tasks?.*5: outbox.*6: escrow/s);
  });

  it.each([
    ["a deposit credited twice", "+", "-"],
    ["an account that lost money", "-", "+"],
  ])("finds %s", async (_, wrong, right) => {
    const change = (sign: string) =>
      db.owner.unsafe(`UPDATE ledger.accounts SET credits = credits ${sign} 5
        WHERE id IN (SELECT 'far:wallet:' || wallet FROM settlement.chain_events WHERE name = 'Deposited')`);
    await change(wrong);
    undo.push(() => change(right));
    const codes = (await settlement.audit()).findings.map((f) => f.code);
    expect(codes).toEqual(expect.arrayContaining(["ledger", "wallet_differs"]));
  });

  it.each([
    [
      "a deposit that was applied and is not noted",
      "chain_events",
      "SET tx_hash = '-' || tx_hash",
      "SET tx_hash = substr(tx_hash, 2)",
      "event_not_applied",
    ],
    [
      "an epoch whose sum was changed",
      "epochs",
      "SET declared_wei = declared_wei + 1",
      "SET declared_wei = declared_wei - 1",
      "epoch_sums",
    ],
    [
      "a debit that was changed",
      "epoch_debits",
      "SET amount_wei = amount_wei + 1",
      "SET amount_wei = amount_wei - 1",
      "epoch_sums",
    ],
    [
      "an operator's credit that was changed",
      "epoch_credits",
      "SET amount_wei = amount_wei + 1",
      "SET amount_wei = amount_wei - 1",
      "epoch_sums",
    ],
    ["a receipt that was taken out of its epoch", "receipts", "SET epoch = NULL", "SET epoch = 1", "wallet_differs"],
    [
      "an epoch that is not settled after all",
      "epochs",
      "SET status = 'sent'",
      "SET status = 'settled'",
      "epoch_differs",
    ],
    [
      "an effect that is larger than its event",
      "chain_events",
      "SET escrow_delta_wei = escrow_delta_wei + 1 WHERE name = 'Deposited'",
      "SET escrow_delta_wei = escrow_delta_wei - 1 WHERE name = 'Deposited'",
      "event_differs",
    ],
  ])("finds %s", async (_, table, wrong, right, code) => {
    await db.owner.unsafe(`UPDATE settlement.${table} ${wrong}`);
    undo.push(() => db.owner.unsafe(`UPDATE settlement.${table} ${right}`));
    const codes = (await settlement.audit()).findings.map((f) => f.code);
    expect(codes).toContain(code);
  });

  it.each<[string, (task: TaskFact) => TaskFact[], string]>([
    ["a task charged above its reserve", (t) => [{ ...t, reservedWei: t.chargedWei - 1n }], "charged_above_reserve"],
    [
      "a charge without its receipt",
      (t) => [{ ...t, chargedWei: t.chargedWei + 1n, reservedWei: t.reservedWei + 1n }],
      "receipt_differs",
    ],
    ["a receipt of a task that still runs", (t) => [{ ...t, terminal: false }], "receipt_of_running_task"],
    ["a receipt whose task is gone", () => [], "receipt_without_task"],
  ])("finds %s", async (_, change, code) => {
    tasks = async (after, limit) => (after === null ? (await tasksOfReceipts(after, limit)).flatMap(change) : []);
    expect((await settlement.audit()).findings.map((f) => f.code)).toContain(code);
  });
});
