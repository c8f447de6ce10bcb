import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineRequest, GivenCompletion } from "@farlabs/protocol";
import type { Llama } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noLog } from "../../log.ts";
import { writeTinyGguf } from "../../testing/tinyGguf.ts";
import type { Engine, EngineChunk, EngineTask } from "../engine.ts";
import { createLlamaEngine } from "../llama.ts";
import { loadLlama } from "./loadLlama.ts";

const farMini = fileURLToPath(new URL("../../../models/far-mini/far-mini.gguf", import.meta.url));
let dir: string;
let random: string;
let llama: Llama;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "far-score-"));
  random = join(dir, "random.gguf");
  await writeTinyGguf(random);
  llama = await loadLlama({ log: noLog, threads: 1 });
});
afterAll(async () => {
  await llama.dispose();
  await rm(dir, { recursive: true });
});

describe.each([
  ["random weights, flat scores", () => random],
  ["far-mini", () => farMini],
])("%s", (_name, path) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createLlamaEngine({ llama, path: path(), id: "m", threads: 1, slots: 3 });
  });
  afterAll(() => engine.close());

  async function run(task: EngineTask, signal = new AbortController().signal) {
    const chunks: EngineChunk[] = [];
    const onChunk = (chunk: EngineChunk) => {
      chunks.push(chunk);
      return undefined;
    };
    const result = await engine.run(task, { signal, onChunk });
    return { result, chunks };
  }
  async function answer(request: Partial<EngineRequest>) {
    const { result, chunks } = await run({ kind: "chat", request: { model: "m", ...request } });
    return {
      text: chunks.map((c) => c.delta.content ?? "").join(""),
      tokenIds: chunks.flatMap((c) => c.tokenIds ?? []),
      logprobs: chunks.flatMap((c) =>
        ((c.logprobs ?? { content: [] }) as { content: { logprob: number }[] }).content.map((one) => one.logprob),
      ),
      finish: result.finishReasons[0],
    };
  }
  async function score(request: Partial<EngineRequest>, completion: GivenCompletion) {
    const { result, chunks } = await run({ kind: "score", request: { model: "m", ...request, completion } });
    return { pairs: chunks.flatMap((c) => c.delta.scores ?? []), result, chunks };
  }
  const asked = (content: string, more: Partial<EngineRequest> = {}): Partial<EngineRequest> => ({
    messages: [{ role: "user", content }],
    ...more,
  });

  it("gives each token of a greedy answer the log-probability it had, and rank 1 but for a near tie", async () => {
    const request = asked("How are operators paid?", { temperature: 0, max_tokens: 150, logprobs: true });
    const given = await answer(request);
    const { pairs, result, chunks } = await score(request, { text: given.text, tokenIds: given.tokenIds });
    expect(pairs).toHaveLength(given.tokenIds.length);
    expect(Math.max(...chunks.map((c) => c.delta.scores?.length ?? 0))).toBeLessThanOrEqual(64);
    pairs.forEach(([logprob, rank], i) => {
      expect(Math.abs(logprob - (given.logprobs[i] ?? 0))).toBeLessThan(0.05);
      expect(rank).toBeLessThanOrEqual(2);
    });
    expect(result.finishReasons).toEqual(["stop"]);
    expect(result.usage.completionTokens).toBe(0);
    expect(result.usage.promptTokens).toBeGreaterThan(given.tokenIds.length);
  });

  it("scores a sampled answer as the sampler saw it, before temperature", async () => {
    const request = asked("Tell me about stakes", { temperature: 1.5, seed: 4, max_tokens: 70, logprobs: true });
    const given = await answer(request);
    const { pairs } = await score(request, { text: given.text, tokenIds: given.tokenIds });
    pairs.forEach(([logprob], i) => {
      expect(Math.abs(logprob - (given.logprobs[i] ?? 0))).toBeLessThan(0.05);
    });
    expect(pairs).toHaveLength(given.tokenIds.length);
  });

  it("finds an answer to another question unlikely", async () => {
    const one = await answer(asked("What is an epoch?", { temperature: 0, max_tokens: 40 }));
    const other = asked("How are operators paid?", { temperature: 0, max_tokens: 40 });
    const mean = (pairs: [number, number][]) => pairs.reduce((n, [logprob]) => n + logprob, 0) / pairs.length;
    const own = await answer(other);
    const honest = mean((await score(other, own)).pairs);
    expect(mean((await score(other, { text: "Bananas bend because of the Moon." })).pairs)).toBeLessThan(honest - 1);
    if (one.text !== own.text) expect(mean((await score(other, one)).pairs)).toBeLessThan(honest);
  });

  it("scores the end of the turn when the answer says that it ended", async () => {
    const request = asked("What is Far Labs?", { temperature: 0, max_tokens: 60 });
    const given = await answer(request);
    const { text, tokenIds, finish } = given;
    const whole = (await score(request, { text, tokenIds, ended: true })).pairs;
    expect(whole).toHaveLength(tokenIds.length + 1);
    if (finish === "stop") expect(whole.at(-1)?.[1]).toBe(1);
    const cut = tokenIds.slice(0, 3);
    const part = (await score(request, { text: text.slice(0, 1), tokenIds: cut, ended: true })).pairs;
    expect(part.length).toBeGreaterThan(0);
    expect((await score(request, { text: "", ended: true })).pairs).toHaveLength(1);
  });

  it("reads the text itself where ids are missing, foreign, or say more than was delivered", async () => {
    const request = asked("What is Far Labs?", { temperature: 0, max_tokens: 30 });
    const { text, tokenIds } = await answer(request);
    const plain = (await score(request, { text })).pairs;
    expect((await score(request, { text, tokenIds: [...tokenIds, 9e9] })).pairs).toEqual(plain);
    const padded = { text: text.slice(0, 4), tokenIds };
    expect((await score(request, padded)).pairs).toEqual((await score(request, { text: padded.text })).pairs);
  });

  it("leaves what other slots say as it would be alone, and is right beside them", async () => {
    const request = asked(`Tell a story. ${"Once upon a time. ".repeat(20)}`, {
      temperature: 0.8,
      seed: 9,
      max_tokens: 40,
    });
    const alone = await answer(request);
    const check = asked("How are operators paid?", { temperature: 0 });
    const text = "Operators receive sixty percent of what each task costs. ".repeat(8);
    const quiet = (await score(check, { text })).pairs;
    const [beside, busy] = await Promise.all([answer(request), score(check, { text })]);
    expect(beside).toEqual(alone);
    expect(busy.pairs).toEqual(quiet);
    expect(await answer(request)).toEqual(alone);
  });

  it("scores a raw completion, and refuses what it cannot score", async () => {
    const raw = await score({ prompt: "Operators are" }, { text: " paid" });
    expect(raw.pairs.length).toBeGreaterThan(0);
    await expect(score(asked("hi"), { text: "" })).rejects.toMatchObject({ code: "invalid_request" });
    await expect(score({}, { text: "x" })).rejects.toMatchObject({ code: "invalid_request" });
    await expect(score(asked("hi"), { text: "x y z ".repeat(2_000) })).rejects.toMatchObject({
      code: "context_length_exceeded",
    });
    const aborted = AbortSignal.abort();
    const task: EngineTask = { kind: "score", request: { model: "m", ...asked("hi"), completion: { text: "x" } } };
    await expect(run(task, aborted)).rejects.toMatchObject({ code: "aborted" });
  });

  it("says what it runs: the kind, the file's hash, the engine's version", async () => {
    await expect.poll(async () => (await engine.describe()).models[0]?.manifestHash).toBeDefined();
    const offer = await engine.describe();
    const sha256 = createHash("sha256")
      .update(await readFile(path()))
      .digest("hex");
    expect(offer.models[0]).toMatchObject({ manifestHash: `0x${sha256}` });
    expect(offer.models[0]?.kinds).toContain("score");
    expect(offer.version).toMatch(/^llama\.cpp \S+/);
  });
});
