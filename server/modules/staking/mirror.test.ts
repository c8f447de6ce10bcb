/** Random operations on a real chain; afterwards the mirror says of every position, sum and claim what the chain says. */
import { isChainError } from "@farlabs/chain";
import type { TestWallet } from "@farlabs/chain/local/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { approved, type Bench, FAR, startBench } from "./harness.ts";

const db = await testDatabase();
const LOCKS = [0, 0, 30, 90, 180, 365] as const;
const RUNS = process.env.FAR_DEEP === "1" ? 40 : 5;
let bench: Bench;
let holders: TestWallet[];
const claimed = new Map<string, bigint>();

beforeAll(async () => {
  bench = await startBench(db.sql, { STAKING_APY_SPAN_S_MIN: "3600" });
  holders = [];
  for (let i = 0; i < 3; i += 1) holders.push(await approved(bench.network, bench.network.contracts.staking));
});
afterAll(() => bench.close());

type Step = { kind: "stake" | "unstake" | "claim" | "expire" | "pass" | "earn"; who: number; what: number };
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step["kind"]>(
      "stake",
      "stake",
      "unstake",
      "unstake",
      "claim",
      "expire",
      "pass",
      "pass",
      "earn",
    ),
    who: fc.nat(2),
    what: fc.nat(10_000),
  }),
  { minLength: 40, maxLength: 40 },
);

/** A call that the contract may refuse: too early, nothing there. */
async function tried(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (isChainError(error) && error.code === "chain_reverted") return false;
    throw error;
  }
}

async function run({ kind, who, what }: Step): Promise<void> {
  const { account, chain } = holders[who] ?? (holders[0] as TestWallet);
  const user = account.address;
  const pick = async () => {
    const { positions } = await chain.stakingState({ user });
    return positions[what % Math.max(1, positions.length)];
  };
  if (kind === "pass") return bench.network.passTime(what * 600);
  if (kind === "earn") {
    await bench.earn(BigInt(what + 1) * (FAR / 7n));
    return void (await chain.pullRevenue());
  }
  if (kind === "stake") {
    const lockDays = LOCKS[what % LOCKS.length] ?? 0;
    return void (await chain.stake({ amountWei: BigInt(what + 1) * (FAR / 1_000n) + 1n, lockDays }));
  }
  if (kind === "claim") {
    const before = await chain.tokenBalance({ wallet: user });
    if (await tried(() => chain.claimRewards())) {
      const got = (await chain.tokenBalance({ wallet: user })) - before;
      claimed.set(user, (claimed.get(user) ?? 0n) + got);
    }
    return;
  }
  const position = await pick();
  if (position === undefined) return;
  const positionId = position.id;
  await tried(() => (kind === "expire" ? chain.expireLock({ user, positionId }) : chain.unstake({ positionId })));
}

async function compare(): Promise<void> {
  const metrics = await bench.network.roles.oracle.stakingMetrics();
  const [sums] = await db.sql`
    select coalesce(sum(amount) filter (where status = 'active'), 0)::text as staked, coalesce(sum(weight), 0)::text as weight,
      coalesce(sum(amount) filter (where status = 'unbonding'), 0)::text as unbonding from staking.staking_records`;
  expect(sums).toEqual({
    staked: metrics.totalStakedWei.toString(),
    weight: metrics.totalWeightWei.toString(),
    unbonding: metrics.totalUnbondingWei.toString(),
  });
  const [open] = await db.sql`
    select coalesce(sum(amount), 0)::text as staked, coalesce(sum(weight), 0)::text as weight from staking.weight_spans where until_at is null`;
  expect(open).toEqual({ staked: metrics.totalStakedWei.toString(), weight: metrics.totalWeightWei.toString() });

  for (const { account, chain } of holders) {
    const wallet = account.address.toLowerCase();
    const { positions } = await chain.stakingState({ user: account.address });
    const { data } = await bench.staking.records([wallet], { limit: 100 });
    const there = data
      .filter((r) => r.status !== "withdrawn")
      .map((r) => [r.position_id, r.amount, r.weight, r.lock_period_days, r.staked_at, r.unlock_at, r.status]);
    const iso = (s: bigint): string => new Date(Number(s) * 1_000).toISOString();
    const onChain = [...positions]
      .sort((a, b) => Number(b.id - a.id))
      .map((p) => [
        ...[p.id.toString(), p.amountWei.toString(), p.weightWei.toString(), p.lockDays, iso(p.stakedAtS)],
        ...[p.unlockAtS === 0n ? null : iso(p.unlockAtS), p.isUnbonding ? "unbonding" : "active"],
      ]);
    expect(there).toEqual(onChain);

    const got = (claimed.get(account.address) ?? 0n).toString();
    const [claims] =
      await db.sql`select coalesce(sum(revenue + base), 0)::text as sum from staking.claims where wallet = ${wallet}`;
    expect(claims?.sum).toBe(got);
    // What claims brought is spread over positions, paid-back ones included, without a wei too many or too few.
    expect(data.reduce((sum, r) => sum + BigInt(r.rewards_earned), 0n).toString()).toBe(got);
  }
}

it("equals the chain after whatever happened, though each event was applied twice", async () => {
  // Base rewards come from a reserve that somebody funds.
  await bench.network.roles.treasury.fundReserve({ amountWei: 1_000n * FAR });
  // One chain for all runs: a failure is not shrunk, its seed repeats it from the start.
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      for (const step of sequence) await run(step);
      await bench.catchUp();
      await compare();
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  // Else nothing much happened and the comparison says little.
  const kinds = await db.sql`select distinct status from staking.staking_records`;
  expect(kinds.length).toBeGreaterThan(1);
  expect(claimed.size).toBeGreaterThan(0);
}, 160_000);

it("says what the chain says in metrics and rewards, and gives pages without gaps", async () => {
  const { staking } = bench;
  const wallets = holders.map((h) => h.account.address.toLowerCase());
  const onChain = await bench.network.roles.oracle.stakingMetrics();
  expect(await staking.metrics()).toMatchObject({
    ...{ total_staked: onChain.totalStakedWei.toString(), total_weight: onChain.totalWeightWei.toString() },
    base: { rate_bps: onChain.rewardRateBps },
  });
  const all = await staking.records(wallets, { limit: 100 });
  const paged = [];
  for (let cursor: string | undefined; ; ) {
    const page = await staking.records(wallets, { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    paged.push(...page.data);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(paged).toEqual(all.data);
  expect((await staking.records(["0xabc"], { limit: 10 })).data).toEqual([]);
  const rewards = await staking.rewards(wallets, { limit: 100 });
  for (const [i, { chain, account }] of holders.entries()) {
    const state = await chain.stakingState({ user: account.address });
    const shown = rewards.wallets[i];
    expect(shown?.staked).toBe(state.stakedWei.toString());
    expect(BigInt(shown?.claimable.revenue ?? -1)).toBeLessThanOrEqual(state.revenueWei);
  }
  await expect(staking.records(wallets, { limit: 1, cursor: "x" })).rejects.toMatchObject({ code: "invalid_request" });
});
