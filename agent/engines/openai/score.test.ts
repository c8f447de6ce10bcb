import type { EngineRequest, GivenCompletion } from "@farlabs/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noLog } from "../../log.ts";
import { json, type ScriptedOpenAi, startScriptedOpenAi } from "../../testing/scriptedOpenAi.ts";
import type { Engine, EngineChunk } from "../engine.ts";
import { createOpenAiEngine } from "../openai.ts";

let server: ScriptedOpenAi;
const engines: Engine[] = [];
beforeEach(async () => {
  server = await startScriptedOpenAi();
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  await server.close();
});

async function start(): Promise<Engine> {
  const engine = createOpenAiEngine({ base: server.base, log: noLog });
  engines.push(engine);
  await engine.describe();
  return engine;
}
const kindsOf = async (engine: Engine) => (await engine.describe()).models[0]?.kinds;
async function score(engine: Engine, request: Partial<EngineRequest>, completion: GivenCompletion) {
  const chunks: EngineChunk[] = [];
  const result = await engine.run(
    { kind: "score", request: { model: "m", ...request, completion } },
    {
      signal: new AbortController().signal,
      onChunk: (chunk) => {
        chunks.push(chunk);
        return undefined;
      },
    },
  );
  return { pairs: chunks.flatMap((c) => c.delta.scores ?? []), result };
}
const chat: Partial<EngineRequest> = { messages: [{ role: "user", content: "What is an epoch" }] };

describe("a server that tells prompt_logprobs", () => {
  beforeEach(() => {
    server.probes.scores = "vllm";
  });

  it("is offered for scoring, and gives each token of a chat's answer its score", async () => {
    const engine = await start();
    expect(await kindsOf(engine)).toContain("score");
    const { pairs, result } = await score(engine, chat, { text: "It is a span" });
    expect(pairs).toEqual([
      [-0.2, 2],
      [-0.2, 2],
      [-0.1, 1],
      [-0.4, 4],
    ]);
    expect(result.usage.completionTokens).toBe(0);
    expect(result.usage.promptTokens).toBeGreaterThan(4);
  });

  it("tells the end of the turn as one pair more", async () => {
    const { pairs } = await score(await start(), chat, { text: "It is a span", ended: true });
    expect(pairs).toHaveLength(5);
    expect(pairs.at(-1)).toEqual([-0.3, 3]);
  });

  it("scores a raw completion, but not its end", async () => {
    const engine = await start();
    const { pairs } = await score(engine, { prompt: "once upon" }, { text: " a time" });
    expect(pairs).toEqual([
      [-0.1, 1],
      [-0.4, 4],
    ]);
    await expect(score(engine, { prompt: "a" }, { text: " b", ended: true })).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  it("refuses what holds nothing to score", async () => {
    const engine = await start();
    await expect(score(engine, chat, { text: "", ended: true })).rejects.toMatchObject({ code: "invalid_request" });
    await expect(score(engine, {}, { text: "x" })).rejects.toMatchObject({ code: "invalid_request" });
  });
});

describe("a server that echoes its prompt with logprobs", () => {
  beforeEach(() => {
    server.probes.scores = "echo";
    server.probes.chats = false;
  });

  it("is offered for scoring where it answers raw completions only", async () => {
    const engine = await start();
    expect(await kindsOf(engine)).toEqual(expect.arrayContaining(["completion", "score"]));
    const { pairs } = await score(engine, { prompt: "once upon" }, { text: " a time ago" });
    expect(pairs).toEqual([
      [-0.1, 1],
      [-0.4, 4],
      [-0.3, 3],
    ]);
    await expect(score(engine, chat, { text: "x" })).rejects.toMatchObject({ code: "unsupported" });
  });

  it("is not offered where it answers chats, which it could not score", async () => {
    server.probes.chats = true;
    expect(await kindsOf(await start())).not.toContain("score");
  });
});

it.each(["none", "shifted"] as const)("a server with scores: %s is not offered for scoring", async (scores) => {
  server.probes.scores = scores;
  const engine = await start();
  expect(await kindsOf(engine)).not.toContain("score");
  await expect(score(engine, chat, { text: "x" })).rejects.toMatchObject({ code: "unsupported" });
});

it("says in a code what a server's error or nonsense means", async () => {
  server.probes.scores = "vllm";
  const engine = await start();
  server.probes.scores = "shifted";
  await expect(score(engine, chat, { text: "It is a span" })).rejects.toMatchObject({ code: "engine_error" });
  server.models = null;
  server.handle = (_request, response) => json(response, 500, {});
  await server.close();
  await expect(score(engine, chat, { text: "It is" })).rejects.toMatchObject({ code: "engine_unavailable" });
});
