/** Tasks that users put on chain, on a real contract: completed, reclaimed, and completed too late. */
import type { TestWallet } from "@farlabs/chain/local/testing";
import { bytesToHex } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "../audit/audit.ts";
import { settlementTopics } from "../events.ts";
import { type Bench, contextOf, startBench } from "../harness.ts";
import { ownerEarnings } from "../operations/ownerEarnings.ts";
import { readFindings } from "../operations/readFindings.ts";
import { resolveFinding } from "../operations/resolveFinding.ts";
import { solvency } from "../operations/solvency.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;
let owner: string;

beforeAll(async () => {
  bench = await startBench({ sql: db.sql, params: { taskTimeoutS: 3_600 } });
  owner = (await bench.network.wallet(0n)).account.address.toLowerCase();
});
afterAll(() => bench.close());

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const posted = async (account: string): Promise<bigint> => (await bench.ledger.balance(account)).posted;
const tokens = (wallet: TestWallet) => bench.network.roles.oracle.tokenBalance({ wallet: wallet.account.address });

async function created(estimatedWei: bigint): Promise<{ user: TestWallet; id: `0x${string}`; payer: string }> {
  const user = await bench.network.wallet(estimatedWei);
  await user.chain.approve({ amountWei: estimatedWei });
  const id = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
  await user.chain.createTask({ taskId: id, estimatedWei });
  await bench.round();
  return { user, id, payer: `task:${id}` };
}

async function expectClean(): Promise<void> {
  expect((await audit(bench.context, {})).findings).toEqual([]);
  expect((await solvency(bench.context)).difference).toBe("0");
}

it("completes a task by itself: the operator is owed its part, the user gets the rest back to its wallet", async () => {
  const { user, id, payer } = await created(10n * FAR);
  expect(await posted(`far:task:${id}`)).toBe(10n * FAR);
  expect((await solvency(bench.context)).escrow.tasks).toBe(String(10n * FAR));
  expect((await bench.pay({ payer, chargeWei: 4n * FAR + 3n, owner, score: 91.37 })).ok).toBe(true);
  await expectClean();
  const epoch = await bench.network.roles.oracle.settledEpoch();
  await bench.settled();
  expect(await bench.network.roles.oracle.settledEpoch()).toBe(epoch);
  expect(await tokens(user)).toBe(6n * FAR - 3n);
  expect(await posted(`far:task:${id}`)).toBe(0n);
  const earned = await posted(`far:owner:${owner}`);
  expect(await bench.network.roles.oracle.owed({ payee: owner as `0x${string}` })).toBe(earned);
  expect(await ownerEarnings(bench.context, owner)).toMatchObject({ claimable: String(earned), pending: "0" });
  const [event] = await db.owner`SELECT payload FROM platform.outbox WHERE topic = ${settlementTopics.taskSettled}`;
  expect(event?.payload).toMatchObject({ charge: String(4n * FAR + 3n), nodes: { node_1: String(earned) } });
  await bench.round();
  await expectClean();
});

it("takes on no task that could not be completed before its user may take the money back", async () => {
  const { payer } = await created(5n * FAR);
  expect(await bench.reserve(payer, FAR)).not.toBe(null);
  const late = { now: () => bench.context.clock.now() + 1_300_000, monotonic: bench.context.clock.monotonic };
  await bench.round(contextOf(bench, { clock: late }));
  expect(await bench.reserve(payer, FAR)).toBe(null);
});

it("freezes a task that is too old once, and no more", async () => {
  const { id } = await created(5n * FAR);
  const late = { now: () => bench.context.clock.now() + 1_300_000, monotonic: bench.context.clock.monotonic };
  const frozen: string[] = [];
  const ledger = {
    ...bench.ledger,
    setFrozen: (...args: Parameters<typeof bench.ledger.setFrozen>) => {
      frozen.push(args[1]);
      return bench.ledger.setFrozen(...args);
    },
  };
  const old = contextOf(bench, { clock: late, ledger });
  for (let i = 0; i < 3; i += 1) await bench.round(old);
  expect(frozen.filter((account) => account === `far:task:${id}`)).toHaveLength(1);
});

it("moves nothing for a task whose operator the contract could not pay: one that earns in", async () => {
  const { id, payer } = await created(5n * FAR);
  const outcome = await bench.pay({ payer, chargeWei: FAR, owner, held: true });
  expect(outcome.ok).toBe(false);
  expect(await posted(`far:task:${id}`)).toBe(5n * FAR);
  await expectClean();
});

it("gives a task's money back when its user reclaims it unused", async () => {
  const { user, id } = await created(5n * FAR);
  await bench.network.passTime(3_700);
  await user.chain.reclaimTask({ taskId: id });
  await bench.round();
  await bench.round();
  expect(await tokens(user)).toBe(5n * FAR);
  expect(await posted(`far:task:${id}`)).toBe(0n);
  await expectClean();
});

it("nets on its user's balance what was charged for a task that was reclaimed before it could be completed", async () => {
  const treasury = bench.network.roles.treasury;
  await treasury.approve({ amountWei: 20n * FAR });
  await treasury.fundTreasury({ amountWei: 20n * FAR });
  const { user, id, payer } = await created(5n * FAR);
  expect((await bench.pay({ payer, chargeWei: 2n * FAR, owner })).ok).toBe(true);
  const running = await bench.reserve(payer, FAR);
  // Settlement is down for longer than the user has to wait.
  await bench.network.passTime(3_700);
  await user.chain.reclaimTask({ taskId: id });
  await bench.round();
  expect(await tokens(user)).toBe(5n * FAR);
  expect(await posted(`far:receivable:${address(user)}`)).toBe(-3n * FAR);
  expect((await bench.ledger.balance(`far:wallet:${address(user)}`)).frozen).toBe(true);
  expect((await bench.void(running ?? "")).ok).toBe(true);
  await bench.settled();
  await bench.round();
  expect(await posted(`far:receivable:${address(user)}`)).toBe(-2n * FAR);
  expect((await solvency(bench.context)).difference).toBe("0");

  await user.chain.approve({ amountWei: 5n * FAR });
  await user.chain.deposit({ amountWei: 5n * FAR });
  await bench.round();
  expect(await bench.ledger.balance(`far:wallet:${address(user)}`)).toMatchObject({
    available: 3n * FAR,
    frozen: false,
  });
  expect(await bench.onChain(address(user))).toBe(3n * FAR);
  await expectClean();
});

/** A person resolves every halt. @returns their codes */
async function resolveHalts(): Promise<string[]> {
  const halts = (await readFindings(db.sql)).filter((f) => f.severity === "halt" && f.resolved_at === null);
  for (const { key } of halts) await resolveFinding(bench.context, key, { actor: "acc_admin", reason: "a drill" });
  return halts.map((f) => f.code);
}

/** With a deposit beside the task, which is not to pay for it again. */
async function stolenFrom(): Promise<Awaited<ReturnType<typeof created>> & { deposit: () => Promise<bigint[]> }> {
  const treasury = bench.network.roles.treasury;
  await treasury.approve({ amountWei: 20n * FAR });
  await treasury.fundTreasury({ amountWei: 20n * FAR });
  const task = await created(5n * FAR);
  await treasury.transfer({ to: task.user.account.address, amountWei: 10n * FAR });
  await task.user.chain.approve({ amountWei: 10n * FAR });
  await task.user.chain.deposit({ amountWei: 10n * FAR });
  await bench.round();
  const deposit = async () => [
    await posted(`far:wallet:${address(task.user)}`),
    await bench.onChain(address(task.user)),
  ];
  return { ...task, deposit };
}

it.each([FAR, 3n * FAR])(
  "nets nothing again that the chain has paid the same operator, at another price: %s",
  async (actualWei) => {
    const { user, id, payer, deposit } = await stolenFrom();
    expect((await bench.pay({ payer, chargeWei: 2n * FAR, owner })).ok).toBe(true);
    const payee = owner as `0x${string}`;
    await bench.network.roles.oracle.completeTask({ taskId: id, payee, actualWei, scoreBps: 5_000 });
    await bench.round();
    expect(await resolveHalts()).toEqual(["foreign_completion"]);
    for (let i = 0; i < 4; i += 1) await bench.round();
    expect(await tokens(user)).toBe(5n * FAR - actualWei);
    expect(await deposit()).toEqual([10n * FAR, 10n * FAR]);
    expect(await posted(`far:owner:${owner}`)).toBe(await bench.network.roles.oracle.owed({ payee }));
    await bench.settled();
    await expectClean();
  },
);

it("has the treasury pay an operator whose task was completed for somebody else, not its user again", async () => {
  const { user, id, payer, deposit } = await stolenFrom();
  const honest = (await bench.network.wallet(0n)).account.address;
  const thief = await bench.network.wallet(0n);
  expect((await bench.pay({ payer, chargeWei: 2n * FAR, owner: honest.toLowerCase() })).ok).toBe(true);
  const running = await bench.reserve(payer, FAR);
  const stolen = { taskId: id, payee: thief.account.address, actualWei: 5n * FAR, scoreBps: 10_000 };
  await bench.network.roles.oracle.completeTask(stolen);
  await thief.chain.claim();
  await bench.round();
  expect(await resolveHalts()).toEqual(["foreign_completion"]);
  expect((await bench.void(running ?? "")).ok).toBe(true);
  await bench.settled();
  await bench.round();
  expect(await tokens(user)).toBe(0n);
  expect(await deposit()).toEqual([10n * FAR, 10n * FAR]);
  const earned = await posted(`far:owner:${honest.toLowerCase()}`);
  expect(earned).toBeGreaterThan(FAR);
  expect(await bench.network.roles.oracle.owed({ payee: honest })).toBe(earned);
  expect(await posted(`far:task:${id}`)).toBe(0n);
  await expectClean();
});
