/** The guard through the module's door, over real feeds on a real chain: the settable one, and one that says whatever it is told. */
import { createChain, type FarChain } from "@farlabs/chain";
import { startTestNetwork, type TestNetwork } from "@farlabs/chain/local/testing";
import { createTestClient, http, numberToHex, type TestClient } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Logger } from "#platform/log";
import { testDatabase } from "#testing";
import { createModels, type Models, modelsConfig, readFeed } from "../index.ts";

const db = await testDatabase();
const LIAR = `0x${"fe".repeat(20)}` as const;
/** `decimals()` gives slot 5, everything else slots 0–4: the words of `latestRoundData()`. */
const LIAR_CODE = `0x60003560e01c63313ce56714603257${[0, 1, 2, 3, 4]
  .map((i) => `600${i}5460${(i * 32).toString(16).padStart(2, "0")}52`)
  .join("")}60a06000f35b60055460005260206000f3` as const;

let network: TestNetwork;
let tester: TestClient;
let nowMs: number;
let monotonicMs = 0;
let lines: { level: string; state: unknown }[] = [];
let models: Models | undefined;
const note =
  (level: string) =>
  (_: string, fields?: object): void => {
    const state = fields !== undefined && "state" in fields ? fields.state : undefined;
    if (state !== undefined) lines.push({ level, state });
  };
const log: Logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };

const passMs = (ms: number): void => {
  nowMs += ms;
  monotonicMs += ms;
};
async function start(chain: FarChain, env: Record<string, string> = {}): Promise<Models> {
  await models?.stop();
  models = createModels({
    ...{ sql: db.sql, config: modelsConfig.parse(env), log, refreshMs: 5 },
    clock: { now: () => nowMs, monotonic: () => monotonicMs },
    readFeed: () => readFeed(chain),
  });
  await models.start();
  return models;
}
const isState = (m: Models, state: string): Promise<void> =>
  vi.waitFor(() => expect(m.price().state).toBe(state), { timeout: 10_000 });
const rateIs = (m: Models, rate8: bigint): Promise<void> =>
  vi.waitFor(() => expect(m.rate().rate8).toBe(rate8), { timeout: 10_000 });
const refuses = (m: Models, code: string): void => {
  expect(() => m.rate()).toThrow(expect.objectContaining({ code }));
};
const setAnswer = (answer: bigint): Promise<unknown> => network.roles.feedOwner.setFeedAnswer({ answer });

/** What the lying feed says next. */
async function say(words: {
  round: bigint;
  answer?: bigint;
  updatedAtS?: bigint;
  answeredIn?: bigint;
  decimals?: bigint;
}): Promise<void> {
  const { round, answer = 10_000_000n, updatedAtS = BigInt(Math.floor(nowMs / 1_000)) } = words;
  const slots = [round, answer, updatedAtS, updatedAtS, words.answeredIn ?? round, words.decimals ?? 8n];
  // The round's number last: whoever reads in between sees the old round, with a flaw if the new one has it.
  for (const index of [5, 1, 2, 3, 4, 0]) {
    await tester.setStorageAt({
      ...{ address: LIAR, index: numberToHex(index, { size: 32 }) },
      value: numberToHex(BigInt.asUintN(256, slots[index] ?? 0n), { size: 32 }),
    });
  }
}
const liar = (): FarChain =>
  createChain({ rpcUrl: network.local.rpcUrl, contracts: { ...network.contracts, priceFeed: LIAR } });

beforeAll(async () => {
  network = await startTestNetwork();
  tester = createTestClient({ mode: "anvil", transport: http(network.local.rpcUrl, { retryCount: 0 }) });
  await tester.setCode({ address: LIAR, bytecode: LIAR_CODE });
});
beforeEach(async () => {
  nowMs = Date.now();
  lines = [];
  await db.owner`truncate models.price`;
});
afterEach(async () => {
  await models?.stop();
  models = undefined;
});
afterAll(() => network.close());

it("holds a jump of the settable feed back, refuses quotes meanwhile, and takes it once it stood", async () => {
  await setAnswer(10_000_000n);
  const m = await start(network.connect(), { PRICE_JUMP_CONFIRM_S: "60" });
  await rateIs(m, 10_000_000n);
  await setAnswer(15_000_000n);
  await isState(m, "held");
  expect(() => m.rate()).toThrow(expect.objectContaining({ code: "price_jump", retryAfterS: 60 }));
  expect(m.price()).toMatchObject({ rate8: 10_000_000n, held8: 15_000_000n });
  passMs(60_000);
  await rateIs(m, 15_000_000n);
  const told = [
    { level: "info", state: "fresh" },
    { level: "warn", state: "held" },
    { level: "info", state: "fresh" },
  ];
  await vi.waitFor(() => expect(lines).toEqual(told), { timeout: 10_000 });
});

it("takes a jump that a later round confirms, and drops a spike", async () => {
  await setAnswer(10_000_000n);
  const m = await start(network.connect());
  await setAnswer(20_000_000n);
  await isState(m, "held");
  await network.passTime(1);
  await setAnswer(10_500_000n);
  await rateIs(m, 10_500_000n);
  await network.passTime(1);
  await setAnswer(5_000_000n);
  await isState(m, "held");
  await network.passTime(1);
  await setAnswer(5_100_000n);
  await rateIs(m, 5_100_000n);
});

it("sees a jump that happened while it was not running", async () => {
  await setAnswer(10_000_000n);
  await rateIs(await start(network.connect()), 10_000_000n);
  await network.passTime(1);
  await setAnswer(30_000_000n);
  const again = await start(network.connect());
  expect(again.price().state).toBe("held");
  refuses(again, "price_jump");
});

it("grows stale by the feed's time, by its own, and though the wall clock goes back", async () => {
  await say({ round: 1n, updatedAtS: BigInt(Math.floor(nowMs / 1_000)) - 3_601n });
  const old = await start(liar());
  refuses(old, "price_stale");
  await say({ round: 2n });
  await rateIs(old, 10_000_000n);
  passMs(3_602_000);
  await isState(old, "stale");
  refuses(old, "price_stale");
  nowMs -= 3_600_000;
  refuses(old, "price_stale");
  await say({ round: 3n });
  await rateIs(old, 10_000_000n);
});

it.each([
  ["zero", { answer: 0n }],
  ["a negative price", { answer: -10_000_000n }],
  ["a round that is not complete", { updatedAtS: 0n }],
  ["an answer of an earlier round", { answeredIn: 1n }],
  ["a price from the future", { updatedAtS: BigInt(Math.floor(Date.now() / 1_000)) + 3_600n }],
  ["other decimals", { decimals: 18n }],
])("does not take %s, neither first nor later", async (_, words) => {
  await say({ round: 2n, ...words });
  const m = await start(liar());
  refuses(m, "price_stale");
  await say({ round: 3n });
  await rateIs(m, 10_000_000n);
  await say({ round: 4n, ...words });
  await isState(m, "flawed");
  expect(m.rate().rate8).toBe(10_000_000n);
  passMs(3_602_000);
  refuses(m, "price_stale");
  expect(lines.filter((line) => line.state === "flawed")).toHaveLength(1);
});

it("quotes on while the feed is silent, until the last answer is too old", async () => {
  await say({ round: 1n });
  let isAway = false;
  const chain = liar();
  models = createModels({
    ...{ sql: db.sql, config: modelsConfig.parse({}), log, refreshMs: 5 },
    clock: { now: () => nowMs, monotonic: () => monotonicMs },
    readFeed: () =>
      readFeed(isAway ? createChain({ rpcUrl: "http://127.0.0.1:1", contracts: chain.contracts }) : chain),
  });
  await models.start();
  isAway = true;
  await isState(models, "silent");
  expect(models.rate().rate8).toBe(10_000_000n);
  passMs(3_602_000);
  refuses(models, "price_stale");
});
