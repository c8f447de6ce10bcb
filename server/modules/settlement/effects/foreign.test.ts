/** What the chain paid that the ledger does not have, on a real contract: it is said, and the events of others are applied. */
import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { type Bench, contextOf, startBench } from "../harness.ts";
import { applyOrHalt, TRIES_MAX } from "../operations/applyOrHalt.ts";
import { haltedBy } from "../operations/findings.ts";
import { readFindings } from "../operations/readFindings.ts";
import { resolveFinding } from "../operations/resolveFinding.ts";
import { solvency } from "../operations/solvency.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;

beforeAll(async () => {
  bench = await startBench({ sql: db.sql });
});
afterAll(() => bench.close());
afterEach(async () => expect((await solvency(bench.context)).difference).toBe("0"));

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const posted = async (account: string): Promise<bigint> => (await bench.ledger.balance(account)).posted;

async function deposited(amountWei: bigint): Promise<TestWallet> {
  const wallet = await bench.network.wallet(amountWei);
  await wallet.chain.approve({ amountWei });
  await wallet.chain.deposit({ amountWei });
  return wallet;
}

/** A person resolves every halt. @returns their codes */
async function resolveHalts(): Promise<string[]> {
  const halts = (await readFindings(db.sql)).filter((f) => f.severity === "halt" && f.resolved_at === null);
  for (const { key } of halts) await resolveFinding(bench.context, key, { actor: "acc_admin", reason: "a drill" });
  return halts.map((f) => f.code).sort();
}

it("books a claim of what a foreign epoch credited as owed by its owner, and goes on once that is resolved", async () => {
  const payer = await deposited(10n * FAR);
  const thief = await bench.network.wallet(0n);
  await bench.round();
  await bench.network.roles.oracle.settleBatch({
    ...{ epoch: 1n, taskCount: 1, receiptsRoot: `0x${"66".repeat(32)}`, treasuryDebitWei: 0n },
    ...{ stakersWei: FAR, treasuryWei: FAR, debits: [{ wallet: payer.account.address, amountWei: 5n * FAR }] },
    credits: [{ payee: thief.account.address, amountWei: 3n * FAR }],
  });
  await thief.chain.claim();
  await bench.round();
  expect(await resolveHalts()).toEqual(["claim_beyond_earnings", "foreign_epoch"]);
  expect(await posted(`far:receivable:owner:${address(thief)}`)).toBe(-3n * FAR);
  const other = await deposited(2n * FAR);
  await bench.network.roles.treasury.pullRevenue();
  await bench.round();
  expect(await posted(`far:wallet:${address(other)}`)).toBe(2n * FAR);
  expect(await posted("far:receivable:stakers")).toBe(-FAR);
  expect(await resolveHalts()).toEqual(["stakers_beyond_earnings"]);
});

it("stops with the event's name when it cannot be applied time and again, and applies it once it can", async () => {
  const node = await bench.network.wallet(5_000n * FAR);
  await bench.network.stakeNode(node, "node_odd");
  const late = await deposited(4n * FAR);
  const refuse = async (): Promise<void> => {
    throw new Error("no such node");
  };
  const broken = contextOf(bench, { subscribers: { nodeRegistry: refuse } });
  for (let i = 0; i < TRIES_MAX; i += 1) {
    expect(await haltedBy(db.sql)).toBe(null);
    await expect(bench.round(broken)).rejects.toThrow("no such node");
  }
  expect(await haltedBy(db.sql)).toMatch(/^StakeAdded of transaction 0x.* no such node .*deposits are not credited/);
  expect(await bench.round(broken)).toBe(false);
  expect(await resolveHalts()).toEqual(["event_not_applied"]);
  expect(await posted(`far:wallet:${address(late)}`)).toBe(0n);
  await bench.round();
  expect(await posted(`far:wallet:${address(late)}`)).toBe(4n * FAR);
});

it("never takes an outage for an event that cannot be applied", async () => {
  const late = await deposited(FAR);
  const away = async (): Promise<never> => {
    throw Object.assign(new Error("terminating connection due to administrator command"), { code: "57P01" });
  };
  const sql = new Proxy(db.sql, { get: (from, key) => (key === "begin" ? away : Reflect.get(from, key)) });

  const head = await late.chain.getBlockRef();
  const [event] = await late.chain.readEvents({ fromBlock: head?.number ?? 0n, toBlock: head?.number ?? 0n });
  if (event === undefined) throw new Error("a deposit has an event");
  for (let i = 0; i < 2 * TRIES_MAX; i += 1)
    await expect(applyOrHalt(contextOf(bench, { sql }), event)).rejects.toThrow("administrator");
  expect(await haltedBy(db.sql)).toBe(null);
  await bench.round();
  expect(await posted(`far:wallet:${address(late)}`)).toBe(FAR);
});

it("stops at a voucher of a stolen key, however large its nonce", async () => {
  const payer = await deposited(10n * FAR);
  await bench.round();
  const head = await payer.chain.getBlockRef();
  const voucher = {
    ...{ wallet: payer.account.address, amountWei: FAR, nonce: 2n ** 256n - 1n, exitCounter: 0n },
    expiresAtS: (head?.timestampS ?? 0n) + 3_000n,
  };
  const signature = await bench.network.roles.signer.signVoucher({ voucher });
  await payer.chain.withdrawVoucher({ voucher, signature });
  await bench.round();
  expect(await resolveHalts()).toEqual(["foreign_voucher"]);
  expect(await posted(`far:wallet:${address(payer)}`)).toBe(9n * FAR);
});
