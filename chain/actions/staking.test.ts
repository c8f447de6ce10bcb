import { keccak256, parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork } from "../local/testing.ts";

let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

/** An epoch that brings the stakers' pool this much. */
async function earnForStakers(stakersWei: bigint): Promise<void> {
  const amountWei = stakersWei * 5n;
  const user = await network.wallet(amountWei);
  await user.chain.deposit({ amountWei });
  const epoch = (await user.chain.settledEpoch()) + 1n;
  await network.roles.oracle.settleBatch({
    ...{ epoch, taskCount: 1, receiptsRoot: keccak256("0x02"), treasuryDebitWei: 0n, stakersWei },
    ...{ treasuryWei: amountWei - stakersWei, credits: [] },
    debits: [{ wallet: user.account.address, amountWei }],
  });
}

test("revenue streams to who stakes, by weight, and is paid on demand", async () => {
  const [short, long] = [await network.wallet(parseEther("100")), await network.wallet(parseEther("100"))];
  await short.chain.stake({ amountWei: parseEther("100"), lockDays: 0 });
  await long.chain.stake({ amountWei: parseEther("100"), lockDays: 365 });
  await earnForStakers(parseEther("36"));
  await long.chain.pullRevenue();
  const streaming = await long.chain.stakingMetrics();
  expect(streaming.totalStakedWei).toBe(parseEther("200"));
  expect(streaming.totalWeightWei).toBe(parseEther("300"));
  expect(streaming.streamWeiPerS).toBe(parseEther("36") / 3_600n);
  await network.passTime(3_600);
  expect((await long.chain.stakingMetrics()).streamLeftWei).toBe(0n);
  const [ofShort, ofLong] = [
    await short.chain.stakingState({ user: short.account.address }),
    await long.chain.stakingState({ user: long.account.address }),
  ];
  // Twice the weight, twice the revenue; the accumulator rounds down by less than a wei per weight.
  expect(ofLong.revenueWei - 2n * ofShort.revenueWei).toBeLessThan(4n);
  expect(parseEther("36") - ofLong.revenueWei - ofShort.revenueWei).toBeLessThan(1_000n);
  expect(ofLong.positions).toMatchObject([{ amountWei: parseEther("100"), lockDays: 365, isUnbonding: false }]);
  await long.chain.claimRewards();
  expect(await long.chain.tokenBalance({ wallet: long.account.address })).toBeGreaterThanOrEqual(ofLong.revenueWei);
});

test("without a lock a stake unbonds first; with one it stays until the day", async () => {
  const user = await network.wallet(parseEther("20"));
  await user.chain.stake({ amountWei: parseEther("10"), lockDays: 0 });
  await user.chain.stake({ amountWei: parseEther("10"), lockDays: 30 });
  const [free, locked] = (await user.chain.stakingState({ user: user.account.address })).positions;
  if (free === undefined || locked === undefined) throw new Error("two positions were made");
  await expect(user.chain.unstake({ positionId: locked.id })).rejects.toMatchObject({
    revert: { name: "StillLocked" },
  });
  await user.chain.unstake({ positionId: free.id });
  const state = await user.chain.stakingState({ user: user.account.address });
  expect(state.stakedWei).toBe(parseEther("10"));
  expect(state.positions.find(({ id }) => id === free.id)?.isUnbonding).toBe(true);
  await network.passTime(60);
  await user.chain.unstake({ positionId: free.id });
  expect(await user.chain.tokenBalance({ wallet: user.account.address })).toBe(parseEther("10"));
  await expect(user.chain.expireLock({ user: user.account.address, positionId: locked.id })).rejects.toMatchObject({
    revert: { name: "LockNotExpired" },
  });
  await network.passTime(30 * 86_400);
  await user.chain.expireLock({ user: user.account.address, positionId: locked.id });
  await user.chain.unstake({ positionId: locked.id });
  expect(await user.chain.tokenBalance({ wallet: user.account.address })).toBe(parseEther("20"));
});

test("base rewards come out of the reserve alone", async () => {
  const user = await network.wallet(parseEther("100"));
  await network.roles.treasury.fundReserve({ amountWei: parseEther("50") });
  const { reserveWei, rewardRateBps } = await user.chain.stakingMetrics();
  expect(rewardRateBps).toBe(100);
  expect(reserveWei).toBeGreaterThan(0n);
  await user.chain.stake({ amountWei: parseEther("100"), lockDays: 0 });
  await network.passTime(365 * 86_400);
  const { baseWei } = await user.chain.stakingState({ user: user.account.address });
  expect(baseWei).toBeGreaterThanOrEqual(parseEther("1") - 10n ** 12n);
  await user.chain.claimRewards();
  const after = await user.chain.stakingMetrics();
  expect(after.reserveWei).toBeLessThanOrEqual(reserveWei - baseWei);
});
