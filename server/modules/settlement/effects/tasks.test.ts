/** Tasks that users put on chain, on a real contract: completed, reclaimed, and completed too late. */
import type { TestWallet } from "@farlabs/chain/local/testing";
import { bytesToHex } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "../audit/audit.ts";
import { settlementTopics } from "../events.ts";
import { type Bench, contextOf, startBench } from "../harness.ts";
import { ownerEarnings } from "../operations/ownerEarnings.ts";
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
