import { keccak256, parseEther, toHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork } from "../local/testing.ts";

let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

const idOf = (name: string) => keccak256(toHex(name));

test("a task pays in from the wallet, is split when it is done, and the rest comes back to the wallet", async () => {
  const user = await network.wallet(parseEther("10"));
  const node = await network.wallet(0n);
  const taskId = idOf("one");
  await user.chain.createTask({ taskId, estimatedWei: parseEther("10") });
  expect(await user.chain.taskOf({ taskId })).toMatchObject({
    user: user.account.address,
    escrowedWei: parseEther("10"),
  });
  expect((await user.chain.escrowState()).tasksWei).toBe(parseEther("10"));
  expect(await user.chain.userBalance({ wallet: user.account.address })).toBe(0n);
  const payee = node.account.address;
  const done = { taskId, payee, actualWei: parseEther("4"), scoreBps: 8_000 };
  await expect(user.chain.completeTask(done)).rejects.toMatchObject({
    revert: { name: "AccessControlUnauthorizedAccount" },
  });
  await expect(network.roles.oracle.completeTask({ ...done, actualWei: parseEther("10") + 1n })).rejects.toMatchObject({
    revert: { name: "CostAboveEscrowed" },
  });
  await network.roles.oracle.completeTask(done);
  // 80 is the score at which the operator's share is 60 %.
  expect(await user.chain.owed({ payee })).toBe(parseEther("2.4"));
  expect(await user.chain.tokenBalance({ wallet: user.account.address })).toBe(parseEther("6"));
  const { tasksWei, liabilitiesWei, tokenBalanceWei } = await user.chain.escrowState();
  expect(tasksWei).toBe(0n);
  expect(tokenBalanceWei).toBe(liabilitiesWei);
  await expect(network.roles.oracle.completeTask(done)).rejects.toMatchObject({ revert: { name: "TaskNotOpen" } });
  await expect(user.chain.createTask({ taskId, estimatedWei: 1n })).rejects.toMatchObject({
    revert: { name: "TaskExists" },
  });
});

test("what was not completed in time goes back to its user, and to nobody else", async () => {
  const user = await network.wallet(5n);
  const stranger = await network.wallet(0n);
  const taskId = idOf("two");
  expect(await user.chain.taskOf({ taskId })).toBeUndefined();
  await user.chain.createTask({ taskId, estimatedWei: 5n });
  await expect(user.chain.reclaimTask({ taskId })).rejects.toMatchObject({ revert: { name: "TaskNotTimedOut" } });
  await network.passTime(3_600);
  await expect(stranger.chain.reclaimTask({ taskId })).rejects.toMatchObject({ revert: { name: "NotTaskUser" } });
  await user.chain.reclaimTask({ taskId });
  expect(await user.chain.tokenBalance({ wallet: user.account.address })).toBe(5n);
});
