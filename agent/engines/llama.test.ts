import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineRequest } from "@farlabs/protocol";
import fc from "fast-check";
import type { Llama } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noLog } from "../log.ts";
import { writeTinyGguf } from "../testing/tinyGguf.ts";
import type { Engine, EngineChunk, EngineTask } from "./engine.ts";
import { loadLlama } from "./llama/loadLlama.ts";
import { createLlamaEngine } from "./llama.ts";

const farMini = fileURLToPath(new URL("../../models/far-mini/far-mini.gguf", import.meta.url));
let dir: string;
let random: string;
let llama: Llama;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "far-llama-"));
  random = join(dir, "random.gguf");
  await writeTinyGguf(random);
  llama = await loadLlama({ log: noLog, threads: 1 });
});
afterAll(async () => {
  await llama.dispose();
  await rm(dir, { recursive: true });
});

const user = (content: string): EngineRequest["messages"] => [{ role: "user", content }];
async function run(
  engine: Engine,
  request: Partial<EngineRequest>,
  more: Partial<EngineTask> = {},
  signal = new AbortController().signal,
) {
  const chunks: EngineChunk[] = [];
  const result = await engine.run(
    { kind: "chat", request: { model: "m", ...request }, ...more },
    {
      signal,
      onChunk: (chunk) => {
        chunks.push(chunk);
        return undefined;
      },
    },
  );
  const of = (index: number) => chunks.filter((c) => c.index === index);
  return {
    result,
    chunks,
    texts: result.finishReasons.map((_, i) =>
      of(i)
        .map((c) => c.delta.content ?? "")
        .join(""),
    ),
    text: of(0)
      .map((c) => c.delta.content ?? "")
      .join(""),
    ids: of(0).flatMap((c) => c.tokenIds ?? []),
  };
}
async function withEngine<T>(
  path: string,
  options: { slots?: number },
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await createLlamaEngine({ llama, path, id: "m", threads: 1, ...options });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

const models: [string, () => string][] = [["random weights", () => random]];
if (existsSync(farMini)) models.push(["far-mini", () => farMini]);

describe.each(models)("%s", (_name, path) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createLlamaEngine({ llama, path: path(), id: "m", threads: 1, slots: 2 });
  });
  afterAll(() => engine.close());

  const prompts = [
    "How are operators paid?",
    "Compose a limerick about lighthouse keepers who collect left-handed umbrellas",
    `Zwölf Boxkämpfer jagen Viktor 🙂 ${"over the great sylvan dyke ".repeat(12)}`,
  ];
  it.each([
    ["every chunk, temperature 0", 1, { temperature: 0 }],
    ["every third chunk, sampling with a seed", 3, { temperature: 0.9, top_p: 0.95, seed: 77 }],
    [
      "every fifth chunk, sampling with penalties",
      5,
      { temperature: 1, seed: -3, presence_penalty: 0.7, frequency_penalty: 0.4 },
    ],
  ])("continued at %s, equals the uninterrupted answer", async (_how, step, sampling) => {
    for (const content of prompts) {
      const request = { messages: user(content), max_tokens: 40, ...sampling };
      const whole = await run(engine, request);
      for (let k = 1; k < whole.chunks.length; k += step) {
        const head = whole.chunks.slice(0, k);
        const tokenIds = head.flatMap((c) => c.tokenIds ?? []);
        const text = head.map((c) => c.delta.content ?? "").join("");
        // Other traffic in between, on the same engine and at the same time: it must not matter.
        const [rest] = await Promise.all([
          run(engine, request, { continueFrom: { text, tokenIds, tokens: tokenIds.length } }),
          k % 7 === 0 ? run(engine, { messages: user(`other ${k}`), max_tokens: 5 }) : undefined,
        ]);
        expect(text + rest.text).toBe(whole.text);
        expect([...tokenIds, ...rest.ids]).toEqual(whole.ids);
        expect(rest.result.finishReasons).toEqual(whole.result.finishReasons);
        expect(rest.result.usage.completionTokens).toBe(whole.result.usage.completionTokens - tokenIds.length);
      }
    }
  });

  it("answers the same whoever else is answered, and whatever a slot held before", async () => {
    const request = { messages: user(prompts[2] ?? ""), max_tokens: 24, temperature: 0 };
    const fresh = await withEngine(path(), { slots: 1 }, (other) => run(other, request));
    const earlier: EngineRequest["messages"] = [
      ...(request.messages ?? []),
      { role: "assistant", content: fresh.text },
      { role: "user", content: "And then?" },
    ];
    const freshTurn = await withEngine(path(), { slots: 1 }, (other) => run(other, { ...request, messages: earlier }));
    const crowd = await Promise.all([1, 2, 3, 4].map(() => run(engine, request)));
    expect(crowd.map((c) => c.ids)).toEqual(crowd.map(() => fresh.ids));
    expect((await run(engine, { ...request, messages: earlier })).ids).toEqual(freshTurn.ids);
  });

  it("ends before a stop sequence wherever it falls, also across the seam of a continued answer", async () => {
    const request = { messages: user("Tell me more"), max_tokens: 30, temperature: 0 };
    const whole = await run(engine, request);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(Math.max(0, whole.text.length - 4)),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(20),
        async (from, length, seam) => {
          const stop = whole.text.slice(from, from + length);
          const expected = whole.text.slice(0, whole.text.indexOf(stop));
          const stopped = await run(engine, { ...request, stop: [stop] });
          expect(stopped.text).toBe(expected);
          expect(stopped.result.finishReasons).toEqual(["stop"]);
          const head = stopped.chunks.slice(0, Math.min(seam, stopped.chunks.length));
          const tokenIds = head.flatMap((c) => c.tokenIds ?? []);
          const text = head.map((c) => c.delta.content ?? "").join("");
          if (tokenIds.length === 0) return;
          const rest = await run(
            engine,
            { ...request, stop: [stop] },
            { continueFrom: { text, tokenIds, tokens: tokenIds.length } },
          );
          expect(text + rest.text).toBe(expected);
          expect(rest.result.finishReasons).toEqual(["stop"]);
        },
      ),
      { numRuns: 25 },
    );
  });

  const schema = {
    type: "object",
    properties: {
      'naïve "key"': { enum: ["rouge", "été", 3, null] },
      count: { type: "integer", minimum: -2, maximum: 12 },
      list: { type: "array", items: { $ref: "#/$defs/item" }, minItems: 1, maxItems: 3 },
      name: { type: "string", minLength: 3, maxLength: 12 },
      when: { type: "string", format: "date" },
      maybe: { anyOf: [{ type: "boolean" }, { type: "string", maxLength: 6 }] },
    },
    required: ['naïve "key"', "count", "list", "name"],
    additionalProperties: false,
    $defs: {
      item: {
        type: "object",
        properties: { x: { type: "integer", minimum: 0, maximum: 9 } },
        required: ["x"],
        additionalProperties: false,
      },
    },
  };
  it("answers JSON of a schema, valid by construction at any temperature", async () => {
    const format = { type: "json_schema" as const, json_schema: { name: "s", schema } };
    for (let seed = 0; seed < 6; seed += 1) {
      const request = {
        messages: user("Data, please"),
        temperature: seed / 6,
        seed,
        max_tokens: 300,
        response_format: format,
      };
      const { text, result, ids } = await run(engine, request);
      expect(result.finishReasons).toEqual(["stop"]);
      const value = JSON.parse(text) as {
        count: number;
        list: { x: number }[];
        name: string;
        when?: string;
        maybe?: unknown;
        'naïve "key"': unknown;
      };
      expect(schema.properties['naïve "key"'].enum).toContain(value['naïve "key"']);
      expect(Number.isInteger(value.count) && value.count >= -2 && value.count <= 12).toBe(true);
      expect(
        value.list.length >= 1 &&
          value.list.length <= 3 &&
          value.list.every((i) => Object.keys(i).join() === "x" && i.x >= 0 && i.x <= 9),
      ).toBe(true);
      expect([...value.name].length >= 3 && [...value.name].length <= 12).toBe(true);
      if (value.when !== undefined) expect(Number.isNaN(Date.parse(value.when))).toBe(false);
      if (value.maybe !== undefined)
        expect(typeof value.maybe === "boolean" || [...(value.maybe as string)].length <= 6).toBe(true);
      const half = ids.slice(0, Math.floor(ids.length / 2));
      const rest = await run(engine, request, { continueFrom: { text: "", tokenIds: half, tokens: half.length } });
      expect([...half, ...rest.ids]).toEqual(ids);
    }
  });

  it("answers a JSON object in JSON mode, and says length when it ran out of room", async () => {
    const ended = { stop: 0, length: 0 };
    for (let seed = 0; seed < 8; seed += 1) {
      const { text, result } = await run(engine, {
        messages: user("JSON"),
        temperature: 1,
        seed,
        max_tokens: 60,
        response_format: { type: "json_object" },
      });
      if (result.finishReasons[0] === "stop") {
        expect(JSON.parse(text)).toBeTypeOf("object");
        ended.stop += 1;
      } else ended.length += 1;
    }
    expect(ended.stop + ended.length).toBe(8);
  });

  const tool = (name: string) => ({
    type: "function" as const,
    function: {
      name,
      parameters: {
        type: "object",
        properties: { city: { enum: ["Oslo", "Rome"] }, days: { type: "integer", minimum: 1, maximum: 7 } },
        required: ["city"],
      },
    },
  });
  it.each([
    ["named", { type: "function" as const, function: { name: "get_weather" } }, ["get_weather"]],
    ["required", "required" as const, ["get_weather", "get_time"]],
  ])("calls a tool it must call: %s", async (_how, tool_choice, names) => {
    for (let seed = 0; seed < 5; seed += 1) {
      const tools = [tool("get_weather"), tool("get_time")];
      const { chunks, result } = await run(engine, {
        messages: user("Weather?"),
        temperature: 1,
        seed,
        max_tokens: 100,
        tools,
        tool_choice,
      });
      const calls = chunks.flatMap((c) => c.delta.tool_calls ?? []);
      expect(result.finishReasons).toEqual(["tool_calls"]);
      expect(names).toContain(calls[0]?.function?.name);
      expect(calls[0]?.id).toMatch(/^call_[0-9a-f]{24}$/);
      const args = JSON.parse(calls.map((c) => c.function?.arguments ?? "").join("")) as { city: string };
      expect(["Oslo", "Rome"]).toContain(args.city);
    }
  });

  it("gives log-probabilities of a distribution, its own token among the best at temperature 0", async () => {
    const { chunks } = await run(engine, {
      messages: user("Hi"),
      temperature: 0,
      max_tokens: 6,
      logprobs: true,
      top_logprobs: 3,
    });
    type Entry = { token: string; logprob: number; top_logprobs: { token: string; logprob: number }[] };
    const entries = chunks.flatMap((c) => (c.logprobs as { content: Entry[] }).content);
    expect(entries.length).toBe(chunks.flatMap((c) => c.tokenIds ?? []).length);
    for (const entry of entries) {
      expect(entry.top_logprobs).toHaveLength(3);
      expect(entry.logprob).toBe(entry.top_logprobs[0]?.logprob);
      const mass = entry.top_logprobs.reduce((sum, t) => sum + Math.exp(t.logprob), 0);
      expect(mass > 0 && mass <= 1.00001).toBe(true);
    }
  });

  it("answers n choices, each with its own draws, and the same at temperature 0", async () => {
    const odd = { messages: user(prompts[1] ?? ""), temperature: 2, seed: 4, max_tokens: 20 };
    const sampled = await run(engine, { ...odd, n: 4 });
    expect(new Set(sampled.texts).size).toBeGreaterThan(1);
    const alone = await run(engine, odd);
    expect(sampled.texts[0]).toBe(alone.text);
    const greedy = await run(engine, { messages: user("Hello"), temperature: 0, n: 2, max_tokens: 12 });
    expect(greedy.texts[1]).toBe(greedy.texts[0]);
  });

  it("stops within a token of a cancel, and the slot is good again", async () => {
    await withEngine(path(), { slots: 1 }, async (one) => {
      const abort = new AbortController();
      let after = 0;
      const cancelled = one.run(
        { kind: "completion", request: { model: "m", prompt: "The", temperature: 1, seed: 1, max_tokens: 900 } },
        {
          signal: abort.signal,
          onChunk: () => {
            if (abort.signal.aborted) after += 1;
            abort.abort();
            return undefined;
          },
        },
      );
      await expect(cancelled).rejects.toMatchObject({ code: "aborted" });
      expect(after).toBe(0);
      const request = { messages: user("Hello"), temperature: 0, max_tokens: 8 };
      expect((await run(one, request)).ids).toEqual((await run(engine, request)).ids);
    });
  });

  it("keeps within the context, counting itself", async () => {
    const long = "word ".repeat(2000);
    await expect(run(engine, { messages: user(long), max_tokens: 5 })).rejects.toMatchObject({
      code: "context_length_exceeded",
    });
    await expect(run(engine, { messages: user("Hi"), max_tokens: 1024 })).rejects.toMatchObject({
      code: "context_length_exceeded",
    });
    const { result } = await run(engine, { prompt: "a b c ".repeat(100), temperature: 0 }, { kind: "completion" });
    expect(result.usage.promptTokens + result.usage.completionTokens).toBeLessThanOrEqual(1024);
  });

  it("continues after more than 512 delivered tokens, in one batch", async () => {
    const tokenIds = Array.from({ length: 600 }, (_, i) => 30 + (i % 50));
    const { result } = await run(
      engine,
      { messages: user("Hi"), temperature: 0, max_tokens: 610 },
      { continueFrom: { text: "", tokenIds, tokens: 600 } },
    );
    expect(result.usage.completionTokens).toBeLessThanOrEqual(10);
  });

  it("has nothing to add when the delivered text is already complete", async () => {
    const from = { text: "abc", tokens: 5 };
    expect(
      (await run(engine, { messages: user("Hi"), max_tokens: 5 }, { continueFrom: from })).result.finishReasons,
    ).toEqual(["length"]);
    const whole = await run(engine, { messages: user("Hi"), max_tokens: 6, temperature: 0 });
    const stop = whole.text.slice(-1);
    const again = await run(
      engine,
      { messages: user("Hi"), max_tokens: 20, stop: [stop] },
      { continueFrom: { text: whole.text, tokenIds: whole.ids, tokens: whole.ids.length } },
    );
    expect(again.result.finishReasons).toEqual(["stop"]);
    expect(again.text).toBe("");
  });

  it("reads a control token that a user wrote as plain characters", async () => {
    const spelt = await run(engine, { messages: user("<|im_end|>"), max_tokens: 1, temperature: 0 });
    const empty = await run(engine, { messages: user(""), max_tokens: 1, temperature: 0 });
    // As a control token it would be one more than nothing; spelt out it is several.
    expect(spelt.result.usage.promptTokens - empty.result.usage.promptTokens).toBeGreaterThan(3);
  });

  it("embeds: unit length, little-endian float32, the nearer the more alike", async () => {
    const input = ["Operators are paid in FAR.", "operators are paid in FAR", "zzz 123"];
    const { chunks, result } = await run(engine, { input }, { kind: "embedding" });
    const vectors = chunks.map((c) => [
      ...new Float32Array(new Uint8Array(Buffer.from(c.delta.embedding ?? "", "base64")).buffer),
    ]);
    expect(vectors.map((v) => v.length)).toEqual(input.map(() => vectors[0]?.length));
    for (const v of vectors) expect(Math.hypot(...v)).toBeCloseTo(1, 4);
    expect(result).toMatchObject({ finishReasons: ["stop"], usage: { completionTokens: 0 } });
    expect((await run(engine, { input: [input[0] ?? ""] }, { kind: "embedding" })).chunks[0]?.delta.embedding).toBe(
      chunks[0]?.delta.embedding,
    );
    await expect(run(engine, { input: ["x"], dimensions: 3 }, { kind: "embedding" })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });

  it.each([[[999_999_999]], [[Number.MAX_SAFE_INTEGER]], [[0, 1, 2]], [[]]])(
    "takes another node's token ids for hearsay: %j",
    async (tokenIds) => {
      const continueFrom = { text: "Hello", tokenIds, tokens: tokenIds.length };
      const claimed = await run(engine, { messages: user("Hi"), temperature: 0 }, { continueFrom });
      const { tokenIds: _, ...plain } = continueFrom;
      const retold = await run(engine, { messages: user("Hi"), temperature: 0 }, { continueFrom: plain });
      expect(claimed.chunks.map((c) => c.delta)).toEqual(retold.chunks.map((c) => c.delta));
    },
  );

  it("gives up a schema whose alternatives cannot be told apart, before it stands still over it", async () => {
    const list = { type: "array", minItems: 1, items: { anyOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/b" }] } };
    const schema = {
      $defs: { a: { ...list, title: "a" }, b: { ...list, title: "b" } },
      anyOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/b" }],
    };
    const response_format = { type: "json_schema" as const, json_schema: { name: "s", schema } };
    await expect(run(engine, { messages: user("Hi"), response_format, max_tokens: 60 })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });

  it.each([
    ["a pattern", { type: "string", pattern: "^a" }],
    ["an unknown keyword", { type: "object", properties: {}, minProperties: 2 }],
    ["a reference that leads nowhere", { $ref: "#/$defs/none" }],
    ["endless recursion", { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } }],
  ])("refuses a schema it cannot enforce: %s", async (_what, bad) => {
    const response_format = { type: "json_schema" as const, json_schema: { name: "s", schema: bad } };
    await expect(run(engine, { messages: user("Hi"), response_format })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
