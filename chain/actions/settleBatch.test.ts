import { type Address, keccak256, parseEther, toHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork } from "../local/testing.ts";
import type { Batch } from "./settleBatch.ts";

let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

async function batchOf(wallet: Address, amountWei: bigint, payee: Address): Promise<Batch> {
  const epoch = (await network.connect().settledEpoch()) + 1n;
  const operatorWei = (amountWei * 60n) / 100n;
  const stakersWei = amountWei / 5n;
  return {
    epoch,
    taskCount: 1,
    receiptsRoot: keccak256(toHex(epoch)),
    treasuryDebitWei: 0n,
    stakersWei,
    treasuryWei: amountWei - operatorWei - stakersWei,
    debits: [{ wallet, amountWei }],
    credits: [{ payee, amountWei: operatorWei }],
  };
}

test("an epoch moves the payer's money to operator, stakers and treasury, and the operator claims", async () => {
  const user = await network.wallet(parseEther("10"));
  const node = await network.wallet(0n);
  await user.chain.deposit({ amountWei: parseEther("10") });
  const before = await user.chain.escrowState();
  const batch = await batchOf(user.account.address, parseEther("5"), node.account.address);
  await network.roles.oracle.settleBatch(batch);

  const after = await user.chain.escrowState();
  expect(after.epoch).toBe(batch.epoch);
  expect(after.usersWei - before.usersWei).toBe(-parseEther("5"));
  expect(after.owedWei - before.owedWei).toBe(parseEther("3"));
  expect(after.stakersWei - before.stakersWei).toBe(parseEther("1"));
  expect(after.treasuryWei - before.treasuryWei).toBe(parseEther("1"));
  expect(after.tokenBalanceWei).toBe(after.usersWei + after.owedWei + after.stakersWei + after.treasuryWei);
  expect(await user.chain.receiptsRootOf({ epoch: batch.epoch })).toBe(batch.receiptsRoot);

  await node.chain.claim();
  expect(await node.chain.tokenBalance({ wallet: node.account.address })).toBe(parseEther("3"));
  await expect(node.chain.claim()).rejects.toMatchObject({ revert: { name: "NothingOwed" } });
});

test("what the treasury cannot cover waits, and is released once it can", async () => {
  const broke = await network.wallet(parseEther("100"));
  const node = await network.wallet(0n);
  const treasury = network.roles.treasury;
  const available = (await treasury.escrowState()).treasuryWei;
  if (available > 0n) await treasury.claimTreasury({ amountWei: available });
  await network.roles.oracle.settleBatch(await batchOf(broke.account.address, 100n, node.account.address));
  const payee = node.account.address;
  expect(await node.chain.owed({ payee })).toBe(0n);
  expect(await node.chain.pendingOf({ payee })).toBe(60n);
  expect(await node.chain.receivableOf({ wallet: broke.account.address })).toBe(100n);

  await treasury.fundTreasury({ amountWei: 10n });
  await node.chain.releasePending({ payee });
  expect(await node.chain.owed({ payee })).toBe(10n);
  await broke.chain.deposit({ amountWei: 150n });
  await node.chain.releasePending({ payee });
  expect(await node.chain.owed({ payee })).toBe(60n);
  expect(await broke.chain.userBalance({ wallet: broke.account.address })).toBe(50n);
});

test("only the oracle settles, only the next epoch, and not while paused", async () => {
  const user = await network.wallet(100n);
  await user.chain.deposit({ amountWei: 100n });
  const batch = await batchOf(user.account.address, 10n, user.account.address);
  await expect(user.chain.settleBatch(batch)).rejects.toMatchObject({
    revert: { name: "AccessControlUnauthorizedAccount" },
  });
  await expect(network.roles.oracle.settleBatch({ ...batch, epoch: batch.epoch + 1n })).rejects.toMatchObject({
    revert: { name: "EpochOutOfOrder", args: [batch.epoch, batch.epoch + 1n] },
  });
  await expect(
    network.roles.oracle.settleBatch({ ...batch, treasuryWei: batch.treasuryWei + 1n }),
  ).rejects.toMatchObject({ revert: { name: "BatchNotConserved" } });

  await network.roles.pauser.pause();
  await expect(network.roles.oracle.settleBatch(batch)).rejects.toMatchObject({ revert: { name: "EnforcedPause" } });
  await network.roles.admin.unpause();
  await network.roles.oracle.settleBatch(batch);
  expect(await user.chain.settledEpoch()).toBe(batch.epoch);
});

test("the caps of a real network bound an epoch", async () => {
  const capped = await startTestNetwork({ params: { epochCapBps: 500, dayCapBps: 2_000 } });
  try {
    const user = await capped.wallet(1_000n);
    await user.chain.deposit({ amountWei: 1_000n });
    expect(await user.chain.settleableAmount()).toBe(50n);
    const batch = {
      epoch: 1n,
      taskCount: 1,
      receiptsRoot: keccak256("0x01"),
      treasuryDebitWei: 0n,
      stakersWei: 60n,
      treasuryWei: 0n,
      debits: [{ wallet: user.account.address, amountWei: 60n }],
      credits: [],
    } as const;
    await expect(capped.roles.oracle.settleBatch(batch)).rejects.toMatchObject({
      revert: { name: "EpochCapExceeded", args: [60n, 50n] },
    });
  } finally {
    await capped.close();
  }
});
