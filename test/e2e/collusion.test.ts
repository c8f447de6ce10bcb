/** One owner of a user and two nodes fails on purpose in every way it can, a thousand times, and never ends richer than it began. */
import { connectNode, type Engine, EngineError, type EngineIo, type EngineResult, noLog } from "@farlabs/agent";
import { testDatabase } from "@farlabs/server/testing";
import fc from "fast-check";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Builder, type Network, startNetwork } from "../support/network.ts";

const TRIES = 1_000;
const AT_ONCE = 24;
const db = await testDatabase();
let network: Network;
let cheat: Builder;

const tricks = [
  "answer",
  "refuse",
  "fail early",
  "fail late",
  "stop short",
  "inflate",
  "empty",
  "garbage index",
  "never again",
  "shout",
] as const;
type Trick = (typeof tricks)[number];
const seed = Number(process.env.FAR_SEED ?? Date.now() % 2 ** 31);
const random = fc.sample(fc.constantFrom(...tricks), { seed, numRuns: TRIES * 4 });
let turn = 0;

const text = (n: number): string => "word ".repeat(n);

async function play(trick: Trick, io: EngineIo): Promise<EngineResult> {
  const done = (completionTokens: number): EngineResult => ({
    usage: { promptTokens: 1_000_000, completionTokens },
    finishReasons: ["stop"],
  });
  if (trick === "refuse") throw new EngineError("overloaded", "no");
  if (trick === "fail early") throw new EngineError("engine_error", "no");
  if (trick === "empty") return done(0);
  if (trick === "garbage index") await io.onChunk({ index: 5, delta: { content: "x" } });
  await io.onChunk({ index: 0, delta: { content: text(3) } });
  if (trick === "fail late") throw new EngineError("engine_error", "no");
  if (trick === "stop short") throw new EngineError("engine_truncated", "no");
  if (trick === "never again")
    await new Promise((resolve) => io.signal.addEventListener("abort", resolve, { once: true }));
  if (trick === "shout") await io.onChunk({ index: 0, delta: { content: text(2_000) } });
  return done(trick === "inflate" ? 900_000_000 : 3);
}

const engine = (): Engine => ({
  describe: async () => ({
    name: "cheat",
    kind: "openai",
    models: [
      {
        id: "cheat",
        slots: 64,
        contextTokens: 4_096,
        kinds: ["chat"],
        continuation: "text",
        features: { tools: false, json: false, logprobs: false },
      },
    ],
  }),
  run: (_, io) => play(random[turn++ % random.length] ?? "answer", io),
  close: async () => undefined,
});

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url, env: { IDLE_MS: "400", FIRST_TOKEN_MS: "2000" } });
  cheat = await network.builder(1_000);
  const machine = { gpuModel: "test", vramGb: 0, cpu: "test", cores: 1, memoryGb: 1 };
  for (let i = 0; i < 2; i++) {
    const token = await network.joinToken(cheat);
    connectNode({
      network: network.url(),
      token,
      key: privateKeyToAccount(generatePrivateKey()),
      engines: [engine()],
      machine,
      log: noLog,
      backoff: () => 50,
    });
  }
  await network.untilServed("cheat");
}, 60_000);
afterAll(() => network?.close());

async function ask(n: number): Promise<void> {
  const leaving = AbortSignal.timeout(n % 5 === 0 ? 5 + (n % 40) : 20_000);
  try {
    const response = await fetch(`${network.url()}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${cheat.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: "cheat",
        stream: n % 2 === 0,
        max_tokens: 50,
        messages: [{ role: "user", content: "pay me" }],
      }),
      signal: leaving,
    });
    await response.text();
  } catch {
    // It left on purpose.
  }
}

test(`${TRIES} tries (seed ${seed})`, async () => {
  const wealth = async (): Promise<bigint> => {
    const [row] = await db.owner<{ wei: string }[]>`
      select coalesce(sum(case when credit = any(${accounts}) then amount else 0 end - case when debit = any(${accounts}) then amount else 0 end), 0)::text as wei
      from ledger.transfers`;
    return BigInt(row?.wei ?? "0");
  };
  const held = (await cheat.session.nodes.list({})).data.map((n) => `far:held:${n.node_id}`);
  const accounts = [`far:wallet:${cheat.address}`, `far:owner:${cheat.address}`, ...held];
  const before = await wealth();
  let next = 0;
  let highest = before;
  const worker = async (): Promise<void> => {
    while (next < TRIES) {
      await ask(next++);
      if (next % 100 === 0) {
        const now = await wealth();
        if (now > highest) highest = now;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (let i = 0; i < 100; i++) {
    const [row] = await db.owner<
      { n: number }[]
    >`select count(*)::int as n from inference.tasks where status = 'pending'`;
    if (row?.n === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const rows = await db.owner<
    { status: string; n: number }[]
  >`select status, count(*)::int as n from inference.tasks group by status`;
  const count = (status: string): number => rows.find((r) => r.status === status)?.n ?? 0;
  expect(count("completed")).toBeGreaterThan(50);
  expect(count("failed")).toBeGreaterThan(50);
  expect(highest).toBe(before);
  expect(await wealth()).toBeLessThan(before);
  const [over] = await db.owner<
    { n: number }[]
  >`select count(*)::int as n from inference.tasks where cost_far > quote_far`;
  expect(over?.n).toBe(0);
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 150_000);
