/** Fetching revenue, the realised rate, and what the endpoints show to whom. */
import { createChain } from "@farlabs/chain";
import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Principal } from "#identity";
import { createHttpHost, type HttpHost } from "#platform/http";
import { noLog } from "#platform/log";
import { testDatabase } from "#testing";
import { stakingConfig } from "./config.ts";
import { createStaking } from "./createStaking.ts";
import { approved, type Bench, FAR, startBench } from "./harness.ts";

const db = await testDatabase();
const HOUR_S = 3_600;
let bench: Bench;
let holder: TestWallet;
let host: HttpHost;
let url: string;

beforeAll(async () => {
  bench = await startBench(db.sql, {
    ...{ STAKING_PULL_GAS_TIMES: "0", STAKING_PULL_INTERVAL_S: "60", STAKING_APY_SPAN_S_MIN: String(10 * HOUR_S) },
  });
  holder = await approved(bench.network, bench.network.contracts.staking);
  host = createHttpHost({ port: 0, log: noLog });
  host.app.decorateRequest("principal");
  const { area } = bench.staking;
  host.app.register(
    async (app) => {
      app.addHook("onRequest", async (request) => {
        const wallets = String(request.headers["x-wallets"] ?? "").split(",");
        request.principal = { accountId: "acc_1", wallets } as unknown as Principal;
      });
      area.register(app);
    },
    { prefix: area.prefix },
  );
  ({ url } = await host.listen());
});
afterAll(async () => {
  await host.close();
  await bench.close();
});

const address = (): string => holder.account.address.toLowerCase();
const get = async (path: string, wallets = ""): Promise<{ status: number; body: Record<string, unknown> }> => {
  const answer = await fetch(`${url}/api/v1/staking/${path}`, { headers: { "x-wallets": wallets } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
/** An hour later revenue arrives. */
async function hourOf(amountWei: bigint): Promise<void> {
  await bench.network.passTime(HOUR_S);
  await bench.earn(amountWei);
  await bench.now();
  expect(await bench.staking.pullRevenue()).toBe(true);
  await bench.catchUp();
}
const realised = async () => {
  // A new page each time: the shared one may be a second old.
  const fresh = createStaking({
    ...{ sql: db.sql, chain: bench.network.roles.oracle, outbox: bench.outbox, log: noLog },
    config: stakingConfig.parse({ STAKING_APY_SPAN_S_MIN: String(10 * HOUR_S) }),
    clock: { now: () => nowMs, monotonic: () => 0 },
    ...{ rate8: () => null, accountOf: async () => null },
  });
  const nowMs = await bench.now();
  return (await fresh.metrics()).realised;
};

it("fetches once though two processes try, no sooner than the interval, and nothing where nothing is", async () => {
  await bench.now();
  expect(await bench.staking.pullRevenue()).toBe(false);
  await bench.earn(FAR);
  await bench.now();
  const tries = await Promise.all([bench.staking.pullRevenue(), bench.staking.pullRevenue()]);
  expect(tries.filter(Boolean)).toHaveLength(1);
  await bench.earn(FAR);
  await bench.catchUp();
  expect(await bench.staking.pullRevenue()).toBe(false);
  expect((await bench.staking.metrics()).stream.left).not.toBe("0");
});

it("leaves in the escrow what is not worth its gas", async () => {
  const dear = createStaking({
    ...{ sql: db.sql, chain: bench.network.roles.oracle, outbox: bench.outbox, log: noLog },
    config: stakingConfig.parse({ STAKING_PULL_GAS_TIMES: "1000000" }),
    clock: { now: () => Date.now() + 10 * HOUR_S * 1_000, monotonic: () => 0 },
    ...{ rate8: () => 10_000_000n, accountOf: async () => null },
  });
  expect(await dear.pullRevenue()).toBe(false);
});

it("gives no rate before there is one, and then what was really received", async () => {
  expect(await realised()).toMatchObject({ apy_ppm: null, reason: "too_few_epochs", epochs: [] });
  await hourOf(FAR);
  expect(await realised()).toMatchObject({ apy_ppm: null, reason: "too_short" });
  await holder.chain.stake({ amountWei: 1_000n * FAR, lockDays: 365 });
  await bench.catchUp();
  for (let hour = 0; hour < 12; hour += 1) await hourOf(2n * FAR);
  const rate = await realised();
  expect(rate.reason).toBeNull();
  expect(rate.epochs).toHaveLength(13);
  // By hand: all that arrived after the first arrival, over what was staked for how long, a year of it.
  const [first] = await db.sql<{ at: Date }[]>`select min(received_at) as at from staking.revenue_epochs`;
  const [stake] = await db.sql<{ at: Date }[]>`select staked_at as at from staking.staking_records`;
  const to = Date.parse(rate.to);
  const stakedS = BigInt((to - (stake?.at.getTime() ?? 0)) / 1_000);
  expect(rate.span_s).toBe((to - (first?.at.getTime() ?? 0)) / 1_000);
  const revenueWei = rate.epochs.reduce((sum, e) => sum + BigInt(e.amount), 0n);
  expect(rate.revenue).toBe(revenueWei.toString());
  expect(rate.apy_ppm).toBe(((revenueWei * 31_536_000n * 1_000_000n) / (1_000n * FAR * stakedS)).toString());
  expect(rate.by_lock?.["365"]).toBe(rate.apy_ppm);
  expect(BigInt(rate.by_lock?.["0"] ?? 0) * 2n).toBeLessThanOrEqual(BigInt(rate.apy_ppm ?? 0));
  for (const epoch of rate.epochs) {
    expect(
      await bench.network.roles.oracle.getReceipt({ hash: epoch.transaction_hash as `0x${string}` }),
    ).toBeDefined();
  }
  await holder.chain.stake({ amountWei: FAR, lockDays: 0 });
  await bench.catchUp();
  const [newest] = (await bench.staking.records([address()], { limit: 1 })).data;
  expect(newest).toMatchObject({ lock_period_days: 0, unlock_at: null, user_id: `acc_${address().slice(2, 8)}` });
  expect(Number(newest?.apy_at_stake)).toBeGreaterThan(0);
});

it("shows everybody the metrics, and each caller only its own stakes and rewards", async () => {
  // The page is shared for a second.
  await vi.waitFor(async () => {
    expect((await get("metrics")).body).toMatchObject({ stakers: 1, positions: 2, base: { rate_bps: 100 } });
  }, 10_000);
  const mine = await get("records", address());
  expect(mine.body.data).toHaveLength(2);
  expect((await get("records", `0x${"ab".repeat(20)}`)).body).toEqual({ data: [], next_cursor: null });
  const { body } = await get("rewards", address());
  expect(body).toMatchObject({
    wallets: [{ wallet: address(), staked: (1_001n * FAR).toString() }],
    schedule: { positions: [{ how: "any time, after unbonding" }, { how: "lock ends" }] },
    data: [],
  });
  await holder.chain.claimRewards();
  await bench.catchUp();
  const claimed = (await get("rewards", address())).body.data as { transaction_hash: string; revenue: string }[];
  expect(BigInt(claimed[0]?.revenue ?? 0)).toBeGreaterThan(0n);
  for (const bad of [
    "records?limit=0",
    "records?limit=101",
    "records?cursor=-1",
    "rewards?cursor=x",
    "records?wallet=0x1",
  ]) {
    expect((await get(bad, address())).status).toBe(400);
  }
});

it("says so while the chain cannot be read", async () => {
  const away = createStaking({
    ...{ sql: db.sql, outbox: bench.outbox, log: noLog, config: stakingConfig.parse({}) },
    chain: createChain({ rpcUrl: "http://127.0.0.1:1", contracts: bench.network.contracts }),
    clock: { now: Date.now, monotonic: () => 0 },
    ...{ rate8: () => null, accountOf: async () => null },
  });
  await expect(away.metrics()).rejects.toMatchObject({ code: "staking_unavailable" });
});
