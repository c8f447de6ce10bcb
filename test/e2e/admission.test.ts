/** Parallel requests cannot walk past a balance: money is reserved before work. */
import { connectNode, type Engine, noLog } from "@farlabs/agent";
import { testDatabase } from "@farlabs/server/testing";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Builder, type Network, startNetwork } from "../support/network.ts";

const db = await testDatabase();
let network: Network;
let held = 0;
let release: () => void = () => undefined;

/** A node that takes every task and answers none until it is told to. */
function heldEngine(): Engine {
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    describe: async () => ({
      name: "held",
      kind: "openai",
      models: [
        {
          id: "held",
          slots: 512,
          contextTokens: 4_096,
          kinds: ["chat"],
          continuation: "none",
          features: { tools: false, json: false, logprobs: false },
        },
      ],
    }),
    async run(_, io) {
      held += 1;
      await released;
      await io.onChunk({ index: 0, delta: { content: "done" } });
      return { usage: { promptTokens: 1, completionTokens: 1 }, finishReasons: ["stop"] };
    },
    close: async () => undefined,
  };
}

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url, env: { FIRST_TOKEN_MS: "60000" } });
  const operator = await network.account();
  const token = await network.joinToken(operator);
  const key = privateKeyToAccount(generatePrivateKey());
  const machine = { gpuModel: "test", vramGb: 0, cpu: "test", cores: 1, memoryGb: 1 };
  connectNode({ network: network.url(), token, key, engines: [heldEngine()], machine, log: noLog });
  await network.untilServed("held");
}, 60_000);
afterAll(() => network?.close());

const request = { model: "held", max_tokens: 100, messages: [{ role: "user" as const, content: "hold" }] };

async function ask(builder: Builder): Promise<{ status: number; quote: bigint }> {
  const response = await fetch(`${network.url()}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${builder.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  await response.text();
  return { status: response.status, quote: BigInt(response.headers.get("x-far-quote") ?? "0") };
}

test("200 parallel requests on a balance whose reserve covers 50: 50 are admitted, 150 get 402", async () => {
  const probe = await network.builder(1);
  const first = ask(probe);
  while (held < 1) await new Promise((resolve) => setTimeout(resolve, 20));
  const { data } = await probe.client.tasks.list({ limit: 1 });
  const quote = BigInt(data[0]?.quote ?? "0");
  expect(quote).toBeGreaterThan(0n);

  // A deposit of exactly fifty quotes and a little less than one more.
  const builder = await network.builder(0);
  await builder.wallet.chain.deposit({ amountWei: quote * 51n - 1n });
  while ((await builder.client.balances.list())[0]?.available !== (quote * 51n - 1n).toString())
    await new Promise((resolve) => setTimeout(resolve, 50));

  const answers = Array.from({ length: 200 }, () => ask(builder));
  while (held < 51) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(held).toBe(51);
  release();
  const statuses = (await Promise.all(answers)).map((a) => a.status);
  expect(statuses.filter((s) => s === 200).length).toBe(50);
  expect(statuses.filter((s) => s === 402).length).toBe(150);
  expect((await first).status).toBe(200);
  const [balance] = await builder.client.balances.list();
  expect(balance?.reserved).toBe("0");
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 60_000);
