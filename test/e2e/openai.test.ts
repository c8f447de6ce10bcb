/** The official client, unmodified: base URL and key only. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase } from "@farlabs/server/testing";
import { type Builder, type Network, startNetwork } from "../support/network.ts";

const db = await testDatabase();
let network: Network;
let builder: Builder;
let openai: OpenAI;

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url });
  builder = await network.builder();
  const operator = await network.account();
  await network.agent(await network.joinToken(operator));
  await network.untilServed("far-mini");
  openai = new OpenAI({ baseURL: `${network.url()}/v1`, apiKey: builder.apiKey, maxRetries: 0 });
}, 120_000);
afterAll(() => network?.close());

const ask = [{ role: "user" as const, content: "What is Far Labs?" }];

describe("chat", () => {
  test("an answer with usage and charge", async () => {
    const { data, response } = await openai.chat.completions.create({ model: "far-mini", messages: ask, max_tokens: 60, temperature: 0 }).withResponse();
    expect(data.object).toBe("chat.completion");
    expect(data.choices[0]?.message.role).toBe("assistant");
    expect(data.choices[0]?.message.content).toMatch(/Far Labs|network|GPU/i);
    expect(data.choices[0]?.finish_reason).toMatch(/stop|length/);
    expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
    expect(response.headers.get("x-far-task-id")).toMatch(/^task_/);
    const charge = BigInt(response.headers.get("x-far-charge") ?? "0");
    expect(charge > 0n && charge <= BigInt(response.headers.get("x-far-quote") ?? "0")).toBe(true);
    expect(response.headers.get("x-ratelimit-remaining-requests")).toBeTruthy();
  });
});
