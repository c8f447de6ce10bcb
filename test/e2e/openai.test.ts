/** The official client, unmodified: base URL and key only. */

import { testDatabase } from "@farlabs/server/testing";
import OpenAI, { type APIError, AuthenticationError, NotFoundError, RateLimitError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Builder, type Network, startNetwork } from "../support/network.ts";

const db = await testDatabase();
let network: Network;
let builder: Builder;
let openai: OpenAI;

const clientOf = (apiKey: string): OpenAI => new OpenAI({ baseURL: `${network.url()}/v1`, apiKey, maxRetries: 0 });

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url });
  builder = await network.builder();
  await network.agent(await network.joinToken(await network.account()));
  await network.untilServed("far-mini");
  openai = clientOf(builder.apiKey);
}, 120_000);
afterAll(() => network?.close());

const messages = [{ role: "user" as const, content: "What is Far Labs?" }];
const base = { model: "far-mini", messages, max_tokens: 60, temperature: 0 };
const caught = async (work: Promise<unknown>): Promise<APIError> => {
  try {
    await work;
  } catch (error) {
    return error as APIError;
  }
  throw new Error("no error");
};

describe("models", () => {
  test("lists what can answer now, and any model of the catalogue by id", async () => {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(["far-mini"]);
    expect((await openai.models.retrieve("llama-70b")).id).toBe("llama-70b");
  });

  test("an unknown model is a 404 that names the known ones", async () => {
    const error = await caught(openai.chat.completions.create({ ...base, model: "gpt-9" }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.code).toBe("model_not_found");
    expect(error.message).toContain("far-mini");
  });

  test("a known model without a node is a 503 with Retry-After", async () => {
    const error = await caught(openai.chat.completions.create({ ...base, model: "llama-70b" }));
    expect([error.status, error.code]).toEqual([503, "no_node"]);
    expect(Number(error.headers?.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("chat", () => {
  test("an answer with usage, quote and charge", async () => {
    const { data, response } = await openai.chat.completions.create(base).withResponse();
    expect(data).toMatchObject({
      object: "chat.completion",
      model: "far-mini",
      choices: [{ index: 0, message: { role: "assistant", refusal: null } }],
    });
    expect(data.choices[0]?.message.content).toMatch(/Far Labs|network|GPU/i);
    expect(data.choices[0]?.finish_reason).toMatch(/^(stop|length)$/);
    expect(Math.abs(data.created - Date.now() / 1000)).toBeLessThan(60);
    expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
    const charge = BigInt(response.headers.get("x-far-charge") ?? "0");
    expect(charge > 0n && charge <= BigInt(response.headers.get("x-far-quote") ?? "0")).toBe(true);
    expect(response.headers.get("x-far-task-id")).toMatch(/^task_/);
    expect(response.headers.get("x-request-id")).toBeTruthy();
    expect(Number(response.headers.get("x-ratelimit-remaining-requests"))).toBeGreaterThan(0);
  });

  test("a stream: role first, text, one finish, usage last, and the text of the answer", async () => {
    const whole = await openai.chat.completions.create(base);
    const stream = await openai.chat.completions.create({
      ...base,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(chunks.map((c) => c.choices[0]?.delta.content ?? "").join("")).toBe(whole.choices[0]?.message.content);
    expect(chunks.filter((c) => c.choices[0]?.finish_reason).length).toBe(1);
    expect(new Set(chunks.map((c) => c.id)).size).toBe(1);
    expect(chunks.at(-1)?.choices).toEqual([]);
    expect(chunks.at(-1)?.usage).toMatchObject({
      prompt_tokens: whole.usage?.prompt_tokens,
      completion_tokens: whole.usage?.completion_tokens,
    });
  });

  test("max_tokens ends an answer with length", async () => {
    const { choices, usage } = await openai.chat.completions.create({ ...base, max_tokens: 3 });
    expect(choices[0]?.finish_reason).toBe("length");
    expect(usage?.completion_tokens).toBeLessThanOrEqual(3);
  });

  test("stop, seed, n and penalties are taken", async () => {
    const stopped = await openai.chat.completions.create({ ...base, stop: [" "] });
    expect(stopped.choices[0]?.message.content).not.toContain(" ");
    const sampled = { ...base, temperature: 0.9, seed: 7, n: 2, presence_penalty: 0.2, frequency_penalty: 0.1 };
    const [a, b] = [await openai.chat.completions.create(sampled), await openai.chat.completions.create(sampled)];
    expect(a.choices.map((c) => c.index)).toEqual([0, 1]);
    expect(a.choices.map((c) => c.message.content)).toEqual(b.choices.map((c) => c.message.content));
  });

  test("an abort in mid-stream stops the node and is charged for what was delivered", async () => {
    const story = [{ role: "user" as const, content: "Tell me everything about Far Labs." }];
    const stream = await openai.chat.completions.create({ ...base, messages: story, max_tokens: 800, stream: true });
    let seen = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content && ++seen === 5) break;
    }
    stream.controller.abort();
    const task = await waitFor(async () => {
      const { data } = await builder.client.tasks.list({ limit: 1 });
      return data[0]?.completed_at == null ? null : data[0];
    });
    expect(["cancelled", "completed"]).toContain(task.status);
    expect(BigInt(task.cost_far) > 0n && BigInt(task.cost_far) <= BigInt(task.quote)).toBe(true);
  });
});

const waitFor = async <T>(check: () => Promise<T | null>): Promise<T> => {
  for (let i = 0; i < 100; i++) {
    const found = await check();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("timed out");
};

describe("constrained output", () => {
  test("JSON mode is JSON", async () => {
    const { choices } = await openai.chat.completions.create({
      ...base,
      max_tokens: 400,
      response_format: { type: "json_object" },
    });
    if (choices[0]?.finish_reason === "stop")
      expect(typeof JSON.parse(choices[0].message.content ?? "")).toBe("object");
    else expect(choices[0]?.finish_reason).toBe("length");
  });

  test("a schema is kept", async () => {
    const schema = {
      type: "object",
      properties: { paid: { type: "boolean" }, kind: { enum: ["gpu", "cpu"] } },
      required: ["paid", "kind"],
      additionalProperties: false,
    };
    const { choices } = await openai.chat.completions.create({
      ...base,
      response_format: { type: "json_schema", json_schema: { name: "a", schema, strict: true } },
    });
    expect(choices[0]?.finish_reason).toBe("stop");
    const value = JSON.parse(choices[0]?.message.content ?? "") as { paid: unknown; kind: unknown };
    expect(typeof value.paid).toBe("boolean");
    expect(["gpu", "cpu"]).toContain(value.kind);
  });

  test("a forced tool is called with arguments of its schema", async () => {
    const tools = [
      {
        type: "function" as const,
        function: {
          name: "quote",
          parameters: { type: "object", properties: { model: { enum: ["far-mini"] } }, required: ["model"] },
        },
      },
    ];
    const { choices } = await openai.chat.completions.create({
      ...base,
      tools,
      tool_choice: { type: "function", function: { name: "quote" } },
    });
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    const call = choices[0]?.message.tool_calls?.[0];
    expect(call?.type === "function" && call.function.name).toBe("quote");
    expect(call?.type === "function" && JSON.parse(call.function.arguments)).toEqual({ model: "far-mini" });
  });
});

test("a submitted task, followed live, ends with what is durable: tokens, charge and answer", async () => {
  const { task_id: id } = await builder.client.tasks.submit({
    model: "far-mini",
    messages,
    max_tokens: 60,
    temperature: 0,
  });
  const response = await fetch(`${network.url()}/api/v1/tasks/${id}/events`, {
    headers: { authorization: `Bearer ${builder.apiKey}` },
  });
  const events = await response.text();
  const end = JSON.parse(/event: end\ndata: (.*)/.exec(events)?.[1] ?? "{}") as Record<string, unknown>;
  expect(end).toMatchObject({ task_id: id, status: "completed" });
  expect(Number(end.tokens_generated)).toBeGreaterThan(0);
  expect(BigInt(String(end.cost_far))).toBeGreaterThan(0n);
  expect(String(end.result).length).toBeGreaterThan(10);
});

test("completions, whole and streamed", async () => {
  const request = { model: "far-mini", prompt: "Far Labs is", max_tokens: 12, temperature: 0 };
  const whole = await openai.completions.create(request);
  expect(whole.object).toBe("text_completion");
  let text = "";
  for await (const chunk of await openai.completions.create({ ...request, stream: true }))
    text += chunk.choices[0]?.text ?? "";
  expect(text).toBe(whole.choices[0]?.text);
});

test("embeddings in both formats agree and are charged by input", async () => {
  const input = ["How are operators paid?", "What is FAR?"];
  const floats = await openai.embeddings.create({ model: "far-mini", input, encoding_format: "float" });
  const packed = await openai.embeddings.create({ model: "far-mini", input });
  expect(floats.data.length).toBe(2);
  expect(floats.data[0]?.embedding.length).toBe(256);
  floats.data.forEach((row, i) => {
    row.embedding.forEach((x, j) => {
      expect(packed.data[i]?.embedding[j]).toBeCloseTo(x, 5);
    });
  });
  expect(floats.usage.prompt_tokens).toBeGreaterThan(4);
});

describe("typed errors", () => {
  test("401 without a valid key", async () => {
    for (const key of ["nonsense", `far_test_${"0".repeat(36)}`])
      expect(await caught(clientOf(key).models.list())).toBeInstanceOf(AuthenticationError);
    const revoked = await network.builder(0);
    const [key] = (await revoked.session.keys.list()).data;
    await clientOf(revoked.apiKey).models.list();
    await revoked.session.keys.revoke(key?.id ?? "");
    expect(await caught(clientOf(revoked.apiKey).models.list())).toBeInstanceOf(AuthenticationError);
  });

  test("402 without funds, and beyond a key's cap", async () => {
    const poor = await network.builder(0);
    const unfunded = await caught(clientOf(poor.apiKey).chat.completions.create(base));
    expect([unfunded.status, unfunded.code]).toEqual([402, "insufficient_funds"]);
    const { key } = await builder.session.keys.create({ name: "capped", cap_micro_usd: "1" });
    const capped = await caught(clientOf(key).chat.completions.create(base));
    expect([capped.status, capped.code]).toEqual([402, "spend_cap_reached"]);
  });

  test("without max_tokens the limit shrinks to what the balance affords, down to 256 tokens", async () => {
    const { max_tokens: _, ...open } = base;
    const some = await network.builder(0.001);
    const { response } = await clientOf(some.apiKey).chat.completions.create(open).withResponse();
    const quote = BigInt(response.headers.get("x-far-quote") ?? "0");
    expect(quote > 10n ** 15n - 10n ** 12n && quote <= 10n ** 15n).toBe(true);
    const little = await network.builder(0.0001);
    expect((await caught(clientOf(little.apiKey).chat.completions.create(open))).status).toBe(402);
  });

  test("403 outside the key's scopes", async () => {
    const { key } = await builder.session.keys.create({ name: "reader", scopes: ["read"] });
    expect((await caught(clientOf(key).chat.completions.create(base))).status).toBe(403);
  });

  test("429 with Retry-After over the rate limit", async () => {
    const busy = await network.builder(0);
    await db.owner`update identity.users set rate_per_min = 60 where wallet_address = ${busy.address}`;
    const client = clientOf((await busy.session.keys.create({ name: "fresh" })).key);
    const error = await caught(Promise.all(Array.from({ length: 200 }, () => client.models.list())));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(Number(error.headers?.get("retry-after"))).toBeGreaterThan(0);
  });
});
