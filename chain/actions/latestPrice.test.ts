import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork } from "../local/testing.ts";

let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

test("the local price is ten cents, turns stale after an hour, and fresh with a new round", async () => {
  const chain = network.connect();
  const first = await chain.latestPrice();
  expect(first.answer).toBe(10_000_000n);
  await network.passTime(3_700);
  await expect(chain.latestPrice()).rejects.toMatchObject({ code: "chain_reverted", revert: { name: "PriceStale" } });
  await network.roles.feedOwner.setFeedAnswer({ answer: 12_000_000n });
  const second = await chain.latestPrice();
  expect(second.answer).toBe(12_000_000n);
  expect(second.updatedAtS).toBeGreaterThan(first.updatedAtS);
});

test("nobody but its owner sets it", async () => {
  await expect(network.roles.treasury.setFeedAnswer({ answer: 1n })).rejects.toMatchObject({
    revert: { name: "OwnableUnauthorizedAccount" },
  });
});
