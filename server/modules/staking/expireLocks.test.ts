/** On a real chain: who can leave counts like everybody who can, without anybody asking for it. */
import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { approved, type Bench, FAR, startBench } from "./harness.ts";

const DAY_S = 86_400;
const db = await testDatabase();
let bench: Bench;
let holder: TestWallet;

beforeAll(async () => {
  bench = await startBench(db.sql, { STAKING_EXPIRE_DAILY_MAX: "7" });
  holder = await approved(bench.network, bench.network.contracts.staking);
});
afterAll(() => bench.close());

const weights = async (): Promise<bigint[]> => {
  const { positions } = await holder.chain.stakingState({ user: holder.account.address });
  return positions.map((p) => p.weightWei);
};
const rounds = async (times: number): Promise<number[]> => {
  const expired: number[] = [];
  for (let i = 0; i < times; i += 1) {
    expired.push(await bench.staking.expireLocks());
    await bench.catchUp();
  }
  return expired;
};

it("takes the extra weight from locks that are over, the heaviest first, a few a round and so many a day", async () => {
  for (let far = 1n; far <= 9n; far += 1n) await holder.chain.stake({ amountWei: far * FAR, lockDays: 30 });
  await holder.chain.stake({ amountWei: FAR, lockDays: 365 });
  await holder.chain.stake({ amountWei: FAR, lockDays: 0 });
  await bench.catchUp();
  expect(await rounds(1)).toEqual([0]);
  await bench.network.passTime(31 * DAY_S);
  await bench.catchUp();

  // Anybody may come first; it is then no more than that.
  const { positions } = await holder.chain.stakingState({ user: holder.account.address });
  const heaviest = positions.find((p) => p.amountWei === 9n * FAR);
  await holder.chain.expireLock({ user: holder.account.address, positionId: heaviest?.id ?? -1n });
  expect(await rounds(3)).toEqual([4, 2, 0]);
  const extra = (await weights()).map((wei, i) => wei > (positions[i]?.amountWei ?? 0n));
  // The lightest two wait for tomorrow; the year's lock and the one without stay as they are.
  expect(extra).toEqual([true, true, false, false, false, false, false, false, false, true, false]);

  await bench.network.passTime(DAY_S + 1);
  await bench.catchUp();
  expect(await rounds(2)).toEqual([2, 0]);
  const [open] = await db.sql<{ weight: string }[]>`
    select sum(weight)::text as weight from staking.weight_spans where until_at is null`;
  expect(open?.weight).toBe((await weights()).reduce((sum, wei) => sum + wei, 0n).toString());
});

it("is done by one process at a time, and never twice before the chain was heard", async () => {
  await holder.chain.stake({ amountWei: FAR, lockDays: 90 });
  await bench.catchUp();
  await bench.network.passTime(91 * DAY_S);
  await bench.catchUp();
  const before = await weights();
  const both = await Promise.all([bench.staking.expireLocks(), bench.staking.expireLocks()]);
  expect(both.sort()).toEqual([0, 1]);
  expect(await bench.staking.expireLocks()).toBe(0);
  expect((await weights()).filter((wei, i) => wei !== before[i])).toHaveLength(1);
});
