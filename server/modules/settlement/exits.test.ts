import { inferencePaymentAbi } from "@farlabs/chain";
import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "./audit/audit.ts";
import { settlementTopics } from "./events.ts";
import { type Bench, contextOf, OWNER, startBench } from "./harness.ts";
import { isBacklogged } from "./operations/capacity.ts";
import { solvency } from "./operations/solvency.ts";

const FAR = 10n ** 18n;
const DAY_S = 86_400;
const db = await testDatabase();
let bench: Bench;

beforeAll(async () => {
  bench = await startBench({ sql: db.sql });
});
afterAll(() => bench.close());

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const accountOf = (wallet: TestWallet): string => `far:wallet:${address(wallet)}`;
const balance = (wallet: TestWallet) => bench.ledger.balance(accountOf(wallet));
const owed = async (wallet: TestWallet) => -(await bench.ledger.balance(`far:receivable:${address(wallet)}`)).posted;
const tokens = (wallet: TestWallet) => bench.network.roles.oracle.tokenBalance({ wallet: wallet.account.address });

async function funded(amountWei: bigint): Promise<TestWallet> {
  const wallet = await bench.network.wallet(amountWei * 2n);
  await wallet.chain.approve({ amountWei: amountWei * 2n });
  await wallet.chain.deposit({ amountWei });
  await bench.round();
  return wallet;
}

async function topicsOf(wallet: TestWallet): Promise<string[]> {
  const rows = await db.owner<{ topic: string }[]>`
    SELECT topic FROM platform.outbox WHERE payload ->> 'wallet' = ${address(wallet)} ORDER BY seq`;
  return rows.map((row) => row.topic);
}

async function findings(): Promise<string[]> {
  expect((await solvency(bench.context)).difference).toBe("0");
  return (await audit(bench.context, {})).findings.map((f) => f.code);
}

it("freezes the wallet, settles it at once though no epoch is due, and pays the rest", async () => {
  const slow = contextOf(bench, { config: { ...bench.context.config, SETTLEMENT_EPOCH_INTERVAL_S: 1_000_000 } });
  const payer = await funded(100n * FAR);
  const bystander = await funded(100n * FAR);
  await bench.spend(address(payer), 10n * FAR);
  await bench.spend(address(bystander), 10n * FAR);
  await bench.round(slow);
  expect(await bench.onChain(address(payer))).toBe(100n * FAR);

  await payer.chain.requestExit();
  await bench.round(slow);
  expect((await balance(payer)).frozen).toBe(true);
  expect(await bench.reserve(address(payer), FAR)).toBe(null);
  expect(await bench.onChain(address(payer))).toBe(90n * FAR);
  await bench.round(slow);

  await bench.network.passTime(61);
  await payer.chain.finishExit({ wallet: payer.account.address });
  await bench.round();
  expect(await balance(payer)).toMatchObject({ available: 0n, frozen: false });
  expect(await tokens(payer)).toBe(190n * FAR);
  expect(await topicsOf(payer)).toEqual([
    settlementTopics.depositConfirmed,
    settlementTopics.walletFrozen,
    settlementTopics.walletThawed,
    settlementTopics.withdrawn,
  ]);
  expect(await findings()).toEqual([]);
});

it("credits deposits during an exit frozen, and thaws when it is cancelled", async () => {
  const payer = await funded(10n * FAR);
  await payer.chain.requestExit();
  await payer.chain.deposit({ amountWei: 5n * FAR });
  await bench.round();
  expect(await balance(payer)).toMatchObject({ available: 15n * FAR, frozen: true });
  await payer.chain.cancelExit();
  await bench.round();
  expect((await balance(payer)).frozen).toBe(false);
  expect((await bench.spend(address(payer), FAR)).ok).toBe(true);
  await bench.settled();
  expect(await findings()).toEqual([]);
});

it("thaws a request that lapsed, and freezes again for the next", async () => {
  const payer = await funded(10n * FAR);
  await payer.chain.requestExit();
  await bench.round();
  await bench.network.passTime(60 + 7 * DAY_S - 5);
  await bench.round();
  expect((await balance(payer)).frozen).toBe(true);
  await bench.network.passTime(10);
  await bench.round();
  expect((await balance(payer)).frozen).toBe(false);
  await payer.chain.requestExit();
  await bench.round();
  expect((await balance(payer)).frozen).toBe(true);
  await bench.network.passTime(61);
  await payer.chain.finishExit({ wallet: payer.account.address });
  await bench.round();
  expect(await balance(payer)).toMatchObject({ available: 0n, frozen: false });
  expect(await findings()).toEqual([]);
});

it("keeps the books when an exit is paid before its debits were settled: the next deposit pays them first", async () => {
  // The treasury must have something to stand in with.
  await bench.network.roles.treasury.approve({ amountWei: 50n * FAR });
  await bench.network.roles.treasury.fundTreasury({ amountWei: 50n * FAR });
  const payer = await funded(100n * FAR);
  await bench.spend(address(payer), 10n * FAR);
  const running = await bench.reserve(address(payer), 4n * FAR);
  // Settlement is down for longer than an exit takes.
  await payer.chain.requestExit();
  await bench.network.passTime(61);
  await payer.chain.finishExit({ wallet: payer.account.address });
  await bench.round();
  expect(await tokens(payer)).toBe(200n * FAR);
  expect(await owed(payer)).toBe(14n * FAR);
  expect(await balance(payer)).toMatchObject({ available: 0n, frozen: true });
  expect(await findings()).toContain("exit_before_settlement");

  // The running task ends at half its reserve; what it gives back is swept.
  expect((await bench.post(running ?? "", address(payer), 2n * FAR)).ok).toBe(true);
  await bench.settled();
  expect(await owed(payer)).toBe(12n * FAR);
  expect(await findings()).toContain("debit_clamped");
  expect(await topicsOf(payer)).toContain(settlementTopics.debitClamped);

  await payer.chain.deposit({ amountWei: 5n * FAR });
  await bench.round();
  expect(await owed(payer)).toBe(7n * FAR);
  expect(await balance(payer)).toMatchObject({ available: 0n, frozen: true });
  await payer.chain.deposit({ amountWei: 20n * FAR });
  await bench.round();
  expect(await owed(payer)).toBe(0n);
  expect(await balance(payer)).toMatchObject({ available: 13n * FAR, frozen: false });
  expect(await bench.onChain(address(payer))).toBe(13n * FAR);
  expect(await findings()).toEqual([]);
});

it("repays what is owed also when the deposit comes before the epoch", async () => {
  const payer = await funded(100n * FAR);
  await bench.spend(address(payer), 10n * FAR);
  await payer.chain.requestExit();
  await bench.network.passTime(61);
  await payer.chain.finishExit({ wallet: payer.account.address });
  await payer.chain.deposit({ amountWei: 30n * FAR });
  await bench.settled();
  expect(await balance(payer)).toMatchObject({ available: 20n * FAR, frozen: false });
  expect(await bench.onChain(address(payer))).toBe(20n * FAR);
  expect(await findings()).toEqual([]);
});

it("stops admission while the treasury cannot stand in, and resumes when it can", async () => {
  const { treasury } = bench.network.roles;
  const { treasuryWei } = await bench.network.roles.oracle.escrowState();
  if (treasuryWei > 0n) await treasury.claimTreasury({ amountWei: treasuryWei });
  const payer = await funded(100n * FAR);
  await bench.spend(address(payer), 40n * FAR);
  await payer.chain.requestExit();
  await bench.network.passTime(61);
  await payer.chain.finishExit({ wallet: payer.account.address });
  await bench.settled();
  await bench.round();
  expect(await isBacklogged(db.sql)).toBe(true);
  expect(await findings()).toEqual(expect.arrayContaining(["debit_clamped", "treasury_short"]));

  await payer.chain.deposit({ amountWei: 40n * FAR });
  await treasury.releasePending({ payee: OWNER as `0x${string}` });
  await releaseStakers();
  for (let i = 0; i < 6; i += 1) await bench.round();
  expect(await isBacklogged(db.sql)).toBe(false);
  expect(await findings()).toEqual([]);
});

async function releaseStakers(): Promise<void> {
  const { wallet, account, contracts } = bench.network.roles.treasury;
  if (wallet === undefined || account === undefined) throw new Error("the treasury signs");
  const hash = await wallet.writeContract({
    ...{ account, address: contracts.inferencePayment, abi: inferencePaymentAbi },
    functionName: "releaseStakersPending",
  });
  await bench.network.roles.oracle.waitMined({ hash });
}
