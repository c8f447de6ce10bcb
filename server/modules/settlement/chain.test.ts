/** What the chain may do to us: lose blocks, reorganise, fall silent, refuse, forget. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChain } from "@farlabs/chain";
import { type LocalNetwork, startLocalNetwork } from "@farlabs/chain/local";
import { ensureContractsBuilt, type TestWallet } from "@farlabs/chain/local/testing";
import { createTestClient, http, publicActions } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "#testing";
import { audit } from "./audit/audit.ts";
import { type Bench, contextOf, emptyBooks, startBench } from "./harness.ts";
import { isBacklogged, unsettledWei } from "./operations/capacity.ts";
import { haltedBy } from "./operations/findings.ts";
import { solvency } from "./operations/solvency.ts";
import { withdraw } from "./vouchers/withdraw.ts";

const FAR = 10n ** 18n;
const db: TestDatabase = await testDatabase();
const cleanups: (() => Promise<unknown>)[] = [];

/** Each test has a chain of its own, so each starts from empty books. */
beforeEach(() => emptyBooks(db.owner));
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function bench(options: Omit<Parameters<typeof startBench>[0], "sql"> = {}): Promise<Bench> {
  const made = await startBench({ sql: db.sql, ...options });
  cleanups.push(made.close);
  return made;
}
const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const testerOf = (rpcUrl: string) =>
  createTestClient({ mode: "anvil", transport: http(rpcUrl, { retryCount: 0 }), cacheTime: 0 }).extend(publicActions);

async function funded({ network }: Bench, amountWei: bigint): Promise<TestWallet> {
  const wallet = await network.wallet(amountWei);
  await wallet.chain.approve({ amountWei });
  await wallet.chain.deposit({ amountWei });
  return wallet;
}

it("waits for confirmations, and follows a reorganisation above them", async () => {
  const b = await bench({ env: { CHAIN_CONFIRMATIONS: "3" } });
  const tester = testerOf(b.network.local.rpcUrl);
  const payer = await b.network.wallet(30n * FAR);
  await payer.chain.approve({ amountWei: 30n * FAR });
  await tester.mine({ blocks: 3 });
  await b.round();
  const fork = await tester.snapshot();
  await payer.chain.deposit({ amountWei: 10n * FAR });
  await tester.mine({ blocks: 1 });
  await b.round();
  const balance = async () => (await b.ledger.balance(`far:wallet:${address(payer)}`)).posted;
  expect(await balance()).toBe(0n);

  // The deposit's block goes, another deposit comes in its place.
  await tester.revert({ id: fork });
  await payer.chain.deposit({ amountWei: 7n * FAR });
  await tester.mine({ blocks: 1 });
  await b.round();
  expect(await balance()).toBe(0n);
  await tester.mine({ blocks: 1 });
  await b.round();
  expect(await balance()).toBe(7n * FAR);
  expect((await solvency(b.context)).difference).toBe("0");
});

it("stops everything at a reorganisation below the confirmations, and says so", async () => {
  const b = await bench();
  const tester = testerOf(b.network.local.rpcUrl);
  const fork = await tester.snapshot();
  const payer = await funded(b, 10n * FAR);
  await b.round();
  await b.spend(address(payer), FAR);
  await tester.revert({ id: fork });
  await tester.increaseTime({ seconds: 5 });
  await tester.mine({ blocks: 8 });
  expect(await b.round()).toBe(false);
  expect(await haltedBy(db.sql)).toMatch(/when it was confirmed and is now/);
  expect(await isBacklogged(db.sql)).toBe(true);
  expect((await audit(b.context, {})).findings.map((f) => f.code)).toContain("reorg_below_confirmations");
  const epoch = await b.network.roles.oracle.settledEpoch();
  for (let i = 0; i < 3; i += 1) expect(await b.round()).toBe(false);
  expect(await b.network.roles.oracle.settledEpoch()).toBe(epoch);
});

it("stops when the oracle's key settles an epoch that is not ours", async () => {
  const b = await bench();
  const payer = await funded(b, 10n * FAR);
  await b.round();
  const thief = { wallet: payer.account.address, amountWei: 5n * FAR };
  await b.network.roles.oracle.settleBatch({
    ...{ epoch: 1n, taskCount: 1, receiptsRoot: `0x${"66".repeat(32)}`, treasuryDebitWei: 0n },
    ...{ stakersWei: FAR, treasuryWei: FAR, debits: [thief] },
    credits: [{ payee: `0x${"99".repeat(20)}`, amountWei: 3n * FAR }],
  });
  await b.round();
  expect(await haltedBy(db.sql)).toMatch(/not ours/);
});

it("outlives a silent chain, at the place where it was", async () => {
  const b = await bench();
  const payer = await funded(b, 10n * FAR);
  await b.round();
  await b.spend(address(payer), FAR);
  const dead = contextOf(b, {
    chain: createChain({ ...b.context.chain, rpcUrl: "http://127.0.0.1:1", timeoutMs: 500 }),
  });
  await expect(b.round(dead)).rejects.toMatchObject({ code: "chain_unavailable" });
  expect((await audit(dead, {})).findings.map((f) => f.code)).toContain("chain_unavailable");
  await b.settled();
  expect(await b.onChain(address(payer))).toBe(9n * FAR);
  expect((await audit(b.context, {})).findings).toEqual([]);
});

it("replaces a transaction that is not mined, and settles once", async () => {
  const b = await bench({ env: { SETTLEMENT_RESEND_S: "1" } });
  const tester = testerOf(b.network.local.rpcUrl);
  const payer = await funded(b, 10n * FAR);
  await b.round();
  await b.spend(address(payer), FAR);
  await tester.setAutomine(false);
  for (let i = 0; i < 6; i += 1) await b.round();
  const attempts = await db.sql<{ nonce: string; fee: string }[]>`
    SELECT nonce, max_fee_wei AS fee FROM settlement.attempts ORDER BY signed_at`;
  expect(attempts.length).toBeGreaterThan(1);
  expect(new Set(attempts.map((a) => a.nonce)).size).toBe(1);
  const fees = attempts.map((a) => BigInt(a.fee));
  expect(fees).toEqual(fees.toSorted((x, y) => (x < y ? -1 : 1)));
  await tester.setAutomine(true);
  await tester.mine({ blocks: 1 });
  await b.settled();
  expect(await b.onChain(address(payer))).toBe(9n * FAR);
  expect(await b.network.roles.oracle.settledEpoch()).toBe(1n);
});

it("goes on under a new nonce when the oracle's was used for something else", async () => {
  const b = await bench();
  const tester = testerOf(b.network.local.rpcUrl);
  const payer = await funded(b, 10n * FAR);
  await b.round();
  await b.spend(address(payer), FAR);
  // Signed and written down, but dropped by the node before it was mined.
  await tester.setAutomine(false);
  await b.round();
  const [sent] = await db.sql<{ hash: `0x${string}` }[]>`SELECT hash FROM settlement.attempts`;
  if (sent !== undefined) await tester.dropTransaction({ hash: sent.hash });
  await tester.setAutomine(true);
  await b.network.roles.oracle.approve({ amountWei: 1n });
  await b.settled();
  expect(await b.onChain(address(payer))).toBe(9n * FAR);
  const nonces = await db.sql`SELECT DISTINCT nonce FROM settlement.attempts`;
  expect(nonces.length).toBe(2);
});

it("settles under the caps bit by bit, shows what waits, and holds admission back in time", async () => {
  const b = await bench({ params: { epochCapBps: 500, dayCapBps: 2_000 } });
  const payer = await funded(b, 100n * FAR);
  await b.round();
  for (let i = 0; i < 6; i += 1) await b.spend(address(payer), 3n * FAR);
  await b.round();
  expect(await isBacklogged(db.sql)).toBe(false);
  // 5 % of 100 FAR is one task of three at a time; 20 % a day are six.
  for (let i = 0; i < 20; i += 1) await b.round();
  const [row] = await db.sql<{ largest: string; settled: string }[]>`
    SELECT max(funded_wei) AS largest, sum(funded_wei) AS settled FROM settlement.epochs WHERE status = 'settled'`;
  expect(BigInt(row?.largest ?? 0)).toBeLessThanOrEqual(5n * FAR);
  expect(BigInt(row?.settled ?? 0)).toBe(18n * FAR);
  for (let i = 0; i < 15; i += 1) await b.spend(address(payer), 3n * FAR);
  for (let i = 0; i < 5; i += 1) await b.round();
  expect(await unsettledWei(db.sql)).toBe(45n * FAR);
  expect(await isBacklogged(db.sql)).toBe(true);
  const report = await solvency(b.context);
  expect(report).toMatchObject({ difference: "0", unsettled: String(45n * FAR) });
  await b.network.passTime(86_400);
  await b.round();
  for (let i = 0; i < 10; i += 1) await b.round();
  expect(await unsettledWei(db.sql)).toBeLessThan(45n * FAR);
  expect((await audit(b.context, {})).findings).toEqual([]);
});

it("nets an epoch anew when the caps have shrunk below it before it was sent", async () => {
  const b = await bench({ params: { epochCapBps: 500 } });
  const [payer, leaver] = [await funded(b, 100n * FAR), await funded(b, 100n * FAR)];
  await b.round();
  for (let i = 0; i < 3; i += 1) await b.spend(address(payer), 3n * FAR);
  await leaver.chain.requestExit();
  await b.network.passTime(61);
  const dying = contextOf(b, {
    crashPoint(name) {
      if (name === "epoch.stored") throw new Error(name);
    },
  });
  await expect(b.round(dying)).rejects.toThrow("epoch.stored");
  const declared = async () =>
    (await db.sql<{ wei: string }[]>`SELECT declared_wei AS wei FROM settlement.epochs ORDER BY epoch`).map((r) =>
      BigInt(r.wei),
    );
  expect(await declared()).toEqual([9n * FAR]);
  await leaver.chain.finishExit({ wallet: leaver.account.address });
  await b.settled();
  expect(await declared()).toEqual([3n * FAR, 3n * FAR, 3n * FAR]);
  expect((await audit(b.context, {})).findings).toEqual([]);
});

it("splits an epoch that one transaction could not carry: each clamped debit costs the contract several times the usual gas", {
  timeout: 120_000,
}, async () => {
  const b = await bench();
  await b.network.roles.treasury.approve({ amountWei: FAR });
  await b.network.roles.treasury.deposit({ amountWei: FAR });
  await b.round();
  // 400 payers that have nothing on chain, 400 operators it never saw, and a treasury that cannot stand in.
  const half = "lpad(to_hex(i), 40, '0')";
  await db.owner.unsafe(`
    INSERT INTO settlement.receipts (task_id, payer_wallet, payer_account, payer_salt, nodes, model, input_tokens, output_tokens, input_micro,
      output_micro, rate8, commit_id, purpose, asset, charge_wei, operator_wei, stakers_wei, treasury_wei, request_hash, response_hash, salt, created_at)
    SELECT 'task_' || i, '0x' || ${half}, 'acc', 's', jsonb_build_array(jsonb_build_object('nodeId', 'n', 'owner', '0x' || ${half},
      'tokens', 5, 'amountWei', '600')), 'm', 5, 5, 1, 1, 1, 0, 'user', 'FAR', 1000, 600, 200, 200, 'q', 'a', 's', now() - interval '1 hour'
    FROM generate_series(1, 400) i`);
  for (let i = 0; i < 4; i += 1) await b.round();
  const epochs = await db.sql<{ status: string; task_count: number }[]>`
    SELECT status, task_count FROM settlement.epochs ORDER BY epoch`;
  expect(epochs.map((e) => e.status)).toEqual(["settled", "settled"]);
  expect(epochs.map((e) => e.task_count)).toEqual([200, 200]);
});

/** A local network that can be killed and started again where it was saved. */
async function restartable(): Promise<{
  start(): Promise<LocalNetwork>;
  directory: string;
  kill(n: LocalNetwork): Promise<void>;
}> {
  ensureContractsBuilt();
  const directory = await mkdtemp(join(tmpdir(), "far-chain-"));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  let gone: () => void = () => {};
  return {
    directory,
    async start() {
      const network = await startLocalNetwork({ directory, port: 0, onExit: () => gone() });
      cleanups.push(() => network.stop());
      return network;
    },
    async kill(network) {
      const exited = new Promise<void>((resolve) => {
        gone = resolve;
      });
      process.kill(network.local.pid, "SIGKILL");
      await exited;
    },
  };
}

it("sends again what kill -9 of the local chain lost: confirmed is only what is saved", async () => {
  const { start, directory, kill } = await restartable();
  const first = await start();
  const env = { CHAIN_SAVED_FILE: join(directory, "saved.json") };
  const roles = (network: LocalNetwork) =>
    Object.fromEntries(
      Object.entries(network.keys).map(([role, key]) => [role, network.connect(privateKeyToAccount(key))]),
    ) as Bench["network"]["roles"];
  const asTest = (network: LocalNetwork): Bench["network"] =>
    ({ ...network, roles: roles(network) }) as Bench["network"];
  const b = await bench({ network: asTest(first), env });
  const account = privateKeyToAccount(generatePrivateKey());
  const wallet = account.address.toLowerCase();
  await first.local.fundGas(account.address);
  await roles(first).treasury.transfer({ to: account.address, amountWei: 120n * FAR });
  const chain = first.connect(account);
  await chain.approve({ amountWei: 120n * FAR });
  const { blockNumber } = await chain.deposit({ amountWei: 100n * FAR });
  await first.local.waitSaved(blockNumber);
  await b.round();
  expect((await b.ledger.balance(`far:wallet:${wallet}`)).available).toBe(100n * FAR);

  // What the disk holds while the blocks after it are not saved yet.
  const disk = await mkdtemp(join(tmpdir(), "far-disk-"));
  cleanups.push(() => rm(disk, { recursive: true, force: true }));
  await cp(directory, disk, { recursive: true });
  await b.spend(wallet, 10n * FAR);
  await chain.deposit({ amountWei: 20n * FAR });
  await b.round();
  expect(await roles(first).oracle.settledEpoch()).toBe(1n);
  await kill(first);
  await cp(disk, directory, { recursive: true });

  const second = await start();
  expect(await roles(second).oracle.settledEpoch()).toBe(0n);
  expect(await roles(second).oracle.tokenBalance({ wallet: account.address })).toBe(20n * FAR);
  const later = contextOf(b, { chain: roles(second).oracle, config: { ...b.context.config, SETTLEMENT_RESEND_S: 1 } });
  for (let i = 0; i < 40 && (await roles(second).oracle.settledEpoch()) === 0n; i += 1) await b.round(later);
  await second.local.waitSaved((await roles(second).oracle.getBlockRef())?.number ?? 0n);
  await b.settled(later);
  expect(await roles(second).oracle.settledEpoch()).toBe(1n);
  const [row] = await db.sql<{ n: string }[]>`SELECT count(*) AS n FROM settlement.epochs WHERE status = 'settled'`;
  expect(row?.n).toBe("1");
  expect((await audit(later, {})).findings).toEqual([]);
  expect((await solvency(later)).difference).toBe("0");
});

/** Confirmed only four deep: a reorganisation of three blocks is nobody's loss. */
async function shallow(): Promise<{ b: Bench; tester: ReturnType<typeof testerOf>; bury: () => Promise<void> }> {
  const b = await bench({ env: { CHAIN_CONFIRMATIONS: "5", SETTLEMENT_RESEND_S: "1" } });
  const tester = testerOf(b.network.local.rpcUrl);
  const bury = async () => {
    await tester.mine({ blocks: 5 });
    await b.round();
  };
  await bury();
  return { b, tester, bury };
}

it("follows a reorganisation of three blocks under a deposit, a voucher and an exit request", async () => {
  const { b, tester, bury } = await shallow();
  const payer = await funded(b, 30n * FAR);
  await bury();
  const principal = { accountId: "acc", wallets: [address(payer)] };
  const view = await withdraw(b.context, { principal, wallet: address(payer), amountWei: 4n * FAR });
  const voucher = {
    ...{ wallet: payer.account.address, amountWei: 4n * FAR, nonce: BigInt(view.nonce) },
    ...{ exitCounter: BigInt(view.exit_counter), expiresAtS: BigInt(view.expires_at) },
  };
  const signature = view.signature as `0x${string}`;
  await b.network.roles.treasury.transfer({ to: payer.account.address, amountWei: 5n * FAR });
  await payer.chain.approve({ amountWei: 5n * FAR });
  await bury();

  const fork = await tester.snapshot();
  await payer.chain.withdrawVoucher({ voucher, signature });
  await payer.chain.deposit({ amountWei: 5n * FAR });
  await payer.chain.requestExit();
  await b.round();
  await tester.revert({ id: fork });
  // All three are gone; another history takes their place.
  await payer.chain.deposit({ amountWei: 2n * FAR });
  await tester.mine({ blocks: 2 });
  await bury();
  expect(await b.ledger.balance(`far:wallet:${address(payer)}`)).toMatchObject({ posted: 28n * FAR, frozen: false });
  expect((await b.ledger.balance(`far:voucher:${address(payer)}`)).posted).toBe(4n * FAR);
  // The voucher is still good, once.
  await payer.chain.withdrawVoucher({ voucher, signature });
  await bury();
  expect((await b.ledger.balance(`far:voucher:${address(payer)}`)).posted).toBe(0n);
  expect((await audit(b.context, {})).findings).toEqual([]);
  expect((await solvency(b.context)).difference).toBe("0");
});

it("settles again what a reorganisation of three blocks took back, epoch and single task alike, once each", async () => {
  const { b, tester, bury } = await shallow();
  const payer = await funded(b, 30n * FAR);
  await b.network.roles.treasury.transfer({ to: payer.account.address, amountWei: 10n * FAR });
  await payer.chain.approve({ amountWei: 10n * FAR });
  const taskId = `0x${"7a".repeat(32)}` as const;
  await payer.chain.createTask({ taskId, estimatedWei: 10n * FAR });
  await bury();
  await b.spend(address(payer), 3n * FAR);
  await b.pay({ payer: `task:${taskId}`, chargeWei: 4n * FAR });
  const fork = await tester.snapshot();
  await b.round();
  await b.round();
  expect(await b.network.roles.oracle.settledEpoch()).toBe(1n);
  expect((await b.network.roles.oracle.taskOf({ taskId }))?.escrowedWei).toBe(0n);
  await tester.mine({ blocks: 1 });
  await tester.revert({ id: fork });
  expect(await b.network.roles.oracle.settledEpoch()).toBe(0n);
  await tester.mine({ blocks: 3 });
  for (let i = 0; i < 8; i += 1) await bury();
  expect(await b.network.roles.oracle.settledEpoch()).toBe(1n);
  expect(await b.onChain(address(payer))).toBe(27n * FAR);
  expect((await b.network.roles.oracle.taskOf({ taskId }))?.escrowedWei).toBe(0n);
  expect(await unsettledWei(db.sql)).toBe(0n);
  const [row] = await db.sql<{ n: string }[]>`SELECT count(*) AS n FROM settlement.receipts WHERE epoch IS NULL`;
  expect(row?.n).toBe("0");
  expect((await audit(b.context, {})).findings).toEqual([]);
  expect((await solvency(b.context)).difference).toBe("0");
});

it("completes a task once when its transaction is stuck and replaced, and lets an epoch go with it", async () => {
  const b = await bench({ env: { SETTLEMENT_RESEND_S: "1" } });
  const tester = testerOf(b.network.local.rpcUrl);
  const payer = await b.network.wallet(20n * FAR);
  await payer.chain.approve({ amountWei: 20n * FAR });
  await payer.chain.deposit({ amountWei: 10n * FAR });
  const taskId = `0x${"7b".repeat(32)}` as const;
  await payer.chain.createTask({ taskId, estimatedWei: 10n * FAR });
  await b.round();
  await b.pay({ payer: `task:${taskId}`, chargeWei: 4n * FAR });
  await b.spend(address(payer), FAR);
  await tester.setAutomine(false);
  for (let i = 0; i < 6; i += 1) await b.round();
  const attempts = await db.sql<{ job: string; nonce: string }[]>`SELECT job, nonce FROM settlement.attempts`;
  expect(attempts.length).toBeGreaterThan(1);
  expect(new Set(attempts.map((a) => a.job))).toEqual(new Set([`task:${taskId}`, "epoch:1"]));
  expect(new Set(attempts.map((a) => a.nonce)).size).toBe(2);
  await tester.setAutomine(true);
  await tester.mine({ blocks: 1 });
  await b.settled();
  expect(await b.network.roles.oracle.tokenBalance({ wallet: payer.account.address })).toBe(6n * FAR);
  expect(await b.onChain(address(payer))).toBe(9n * FAR);
  expect((await audit(b.context, {})).findings).toEqual([]);
});
