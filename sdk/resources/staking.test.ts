import { expect, it } from "vitest";
import { createClient, projectStaking, realisedOf } from "../index.ts";
import { startTestServer } from "../testing/testServer.ts";

const FAR = 10n ** 18n;
const realised = {
  ...{ apy_ppm: "365000", by_lock: { "0": "365000" }, reason: null, message: null, epochs: [] },
  ...{ revenue: String(10n * FAR), mean_staked: String(1_000n * FAR), mean_weight: String(1_000n * FAR) },
  ...{ from: "2026-01-01T00:00:00.000Z", to: "2026-01-11T00:00:00.000Z", span_s: 864_000 },
};

it("asks for staking and revenue where the network has them", async () => {
  await using server = await startTestServer(() => ({ data: [], next_cursor: null }));
  const { staking, revenue } = createClient({ baseUrl: server.url, apiKey: "far_test_x" });
  await staking.metrics();
  await staking.records({ limit: 5 });
  await staking.rewards({ cursor: "7" });
  await revenue.network({ days: 7 });
  await revenue.summary();
  await revenue.streams({ stream_type: "gpu", limit: 2 });
  expect(server.seen.map((s) => `${s.method} ${s.path}`)).toEqual([
    "GET /api/v1/staking/metrics",
    "GET /api/v1/staking/records?limit=5",
    "GET /api/v1/staking/rewards?cursor=7",
    "GET /api/v1/revenue/network?days=7",
    "GET /api/v1/revenue/summary",
    "GET /api/v1/revenue/streams?stream_type=gpu&limit=2",
  ]);
});

it("gives the calculator what was realised, and nothing where there is too little of it", () => {
  const history = realisedOf({ realised });
  expect(history).toEqual({ revenueWei: 10n * FAR, meanWeightWei: 1_000n * FAR, spanS: 864_000 });
  // Beside 1 000 FAR of others, 1 000 FAR would have had half.
  expect(projectStaking({ realised: history, amountWei: 1_000n * FAR, days: 10 }).rewardWei).toBe(5n * FAR);
  const none = { ...realised, apy_ppm: null, by_lock: null, reason: "too_short" as const };
  expect(realisedOf({ realised: none })).toBeNull();
});
