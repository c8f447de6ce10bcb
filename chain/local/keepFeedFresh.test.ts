import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepFeedFresh } from "./keepFeedFresh.ts";
import { startTestNetwork, type TestNetwork } from "./testing.ts";

let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

async function headNumber(): Promise<bigint> {
  return (await network.connect().getBlockRef())?.number ?? 0n;
}

test("publishes at once and then at every interval, until stopped", async () => {
  const before = await headNumber();
  const keeper = await keepFeedFresh({ chain: network.roles.feedOwner, answer: 11_000_000n, intervalMs: 10 });
  expect((await network.connect().latestPrice()).answer).toBe(11_000_000n);
  while ((await headNumber()) < before + 4n) await sleep(5);
  keeper.stop();
});

test("a publication that fails is reported and tried again", async () => {
  const errors: unknown[] = [];
  let failing = false;
  const { feedOwner } = network.roles;
  const flaky = {
    ...feedOwner,
    setFeedAnswer: (options: { answer: bigint }) =>
      failing ? Promise.reject(new Error("rpc down")) : feedOwner.setFeedAnswer(options),
  };
  const keeper = await keepFeedFresh({
    chain: flaky,
    answer: 10_000_000n,
    intervalMs: 10,
    onError: (error) => errors.push(error),
  });
  failing = true;
  while (errors.length < 2) await sleep(5);
  failing = false;
  const before = await headNumber();
  while ((await headNumber()) <= before) await sleep(5);
  keeper.stop();
});

test("a first publication that fails is an error", async () => {
  await expect(keepFeedFresh({ chain: network.roles.treasury, answer: 1n })).rejects.toMatchObject({
    revert: { name: "OwnableUnauthorizedAccount" },
  });
});
