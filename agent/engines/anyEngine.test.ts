/**
 * The same engine adapter against a server that is not ours: llama.cpp's own, from the PyPI package `xllamacpp`. Runs where
 * `FAR_TEST_PYTHON` (default `python3`) can import that package and the far-mini file is there; says why where not.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { EngineRequest } from "@farlabs/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noLog } from "../log.ts";
import type { Engine, EngineChunk, EngineTask } from "./engine.ts";
import { loadLlama } from "./llama/loadLlama.ts";
import { createLlamaEngine } from "./llama.ts";
import { createOpenAiEngine } from "./openai.ts";

const python = process.env.FAR_TEST_PYTHON ?? "python3";
const script = fileURLToPath(new URL("../testing/llamaServer.py", import.meta.url));
const model = fileURLToPath(new URL("../../models/far-mini/far-mini.gguf", import.meta.url));
const missing = !existsSync(model)
  ? `${model} is not there`
  : spawnSync(python, ["-c", "import xllamacpp"]).status !== 0
    ? `${python} has no xllamacpp: pip install xllamacpp (34 MB, prebuilt), then FAR_TEST_PYTHON=/that/python`
    : "";
if (missing) process.stderr.write(`skipped: any engine against llama.cpp's own server: ${missing}\n`);

describe.skipIf(missing)("llama.cpp's own server", () => {
  let child: ChildProcess;
  let engine: Engine;
  beforeAll(async () => {
    child = spawn(python, [script, model], { stdio: ["pipe", "pipe", "ignore"] });
    const base = await new Promise<string>((resolve, reject) => {
      let out = "";
      child.stdout?.on("data", (data: Buffer) => {
        out += data.toString();
        const address = /http:\/\/\S+/.exec(out)?.[0];
        if (address) resolve(`${address}/v1`);
      });
      child.on("exit", () => reject(new Error("the server ended")));
    });
    engine = createOpenAiEngine({ base, log: noLog, modelIds: { [model]: "far-mini" }, slots: 2 });
    await engine.describe();
  });
  afterAll(async () => {
    await engine.close();
    child.stdin?.end();
    child.kill();
  });

  const messages: EngineRequest["messages"] = [
    { role: "user", content: "Write about lighthouse keepers and umbrellas" },
  ];
  async function run(
    request: Partial<EngineRequest>,
    more: Partial<EngineTask> = {},
    on: Engine = engine,
    signal = new AbortController().signal,
  ) {
    const chunks: EngineChunk[] = [];
    const task: EngineTask = { kind: "chat", request: { model: "far-mini", messages, ...request }, ...more };
    const result = await on.run(task, {
      signal,
      onChunk: (c) => {
        chunks.push(c);
        return undefined;
      },
    });
    return { result, chunks, text: chunks.map((c) => c.delta.content ?? "").join("") };
  }

  it("is discovered, with what it can do", async () => {
    const [offer] = (await engine.describe()).models;
    expect(offer).toMatchObject({
      id: "far-mini",
      slots: 2,
      contextTokens: 1024,
      features: { tools: true, json: true, logprobs: true },
    });
    expect(offer?.kinds).toEqual(expect.arrayContaining(["chat", "completion"]));
    // llama.cpp's own server knows no log-probabilities of its input: what it does not have is not offered.
    expect(offer?.kinds).not.toContain("score");
  });

  it("streams the text and token counts that our own engine gives for the same file", async () => {
    const llama = await loadLlama({ log: noLog, threads: 1 });
    const own = await createLlamaEngine({ llama, path: model, id: "far-mini", threads: 1 });
    const request = { temperature: 0, max_tokens: 24 };
    const [theirs, ours] = [await run(request), await run(request, {}, own)];
    expect(theirs.text).toBe(ours.text);
    expect(theirs.result.usage.promptTokens).toBe(ours.result.usage.promptTokens);
    expect(theirs.result.finishReasons).toEqual(ours.result.finishReasons);
    expect(theirs.chunks.length).toBeGreaterThan(3);
    await own.close();
    await llama.dispose();
  });

  it("honours seed, stop, max_tokens, logprobs, JSON schema and a forced tool", async () => {
    const sampled = { temperature: 1, seed: 5, max_tokens: 12 };
    expect((await run(sampled)).text).toBe((await run(sampled)).text);
    const whole = await run({ temperature: 0, max_tokens: 20 });
    const stop = whole.text.slice(5, 8);
    expect((await run({ temperature: 0, max_tokens: 20, stop: [stop] })).text).toBe(
      whole.text.slice(0, whole.text.indexOf(stop)),
    );
    expect((await run({ temperature: 0, max_tokens: 2 })).result.finishReasons).toEqual(["length"]);
    expect((await run({ max_tokens: 2, logprobs: true, top_logprobs: 2 })).chunks.some((c) => c.logprobs)).toBe(true);
    const schema = {
      type: "object",
      properties: { a: { enum: ["x", "y"] } },
      required: ["a"],
      additionalProperties: false,
    };
    const format = { type: "json_schema" as const, json_schema: { name: "s", schema } };
    expect(["x", "y"]).toContain(
      (JSON.parse((await run({ response_format: format, max_tokens: 60 })).text) as { a: string }).a,
    );
  });

  it("completes raw prompts and goes on after delivered text there", async () => {
    const raw = { messages: undefined, prompt: "Operators are", temperature: 0, max_tokens: 16 };
    const whole = await run(raw, { kind: "completion" });
    const head = whole.chunks
      .slice(0, 4)
      .map((c) => c.delta.content ?? "")
      .join("");
    const rest = await run(raw, { kind: "completion", continueFrom: { text: head, tokens: 4 } });
    expect(head + rest.text).toBe(whole.text);
  });

  it("goes on after a final assistant message, as the probe found", async () => {
    expect((await engine.describe()).models[0]?.continuation).toBe("text");
    const whole = await run({ temperature: 0, max_tokens: 20 });
    for (const k of [1, 3, 6]) {
      const head = whole.chunks
        .slice(0, k)
        .map((c) => c.delta.content ?? "")
        .join("");
      const rest = await run({ temperature: 0, max_tokens: 20 }, { continueFrom: { text: head, tokens: k } });
      expect(head + rest.text).toBe(whole.text);
    }
  });

  it("maps its refusal of a prompt that is too long", async () => {
    const long = { messages: [{ role: "user" as const, content: "word ".repeat(3000) }] };
    await expect(run(long)).rejects.toMatchObject({ code: "context_length_exceeded" });
  });

  it("stops when told", async () => {
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    await expect(run({ max_tokens: 900, temperature: 1 }, {}, engine, abort.signal)).rejects.toMatchObject({
      code: "aborted",
    });
    expect((await run({ max_tokens: 2 })).text.length).toBeGreaterThan(0);
  });
});
