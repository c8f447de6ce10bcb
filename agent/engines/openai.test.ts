import type { EngineRequest } from "@farlabs/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noLog } from "../log.ts";
import {
  event,
  type Handler,
  json,
  type ScriptedOpenAi,
  sse,
  startScriptedOpenAi,
  textEvent,
} from "../testing/scriptedOpenAi.ts";
import type { Engine, EngineChunk, EngineTask } from "./engine.ts";
import { createOpenAiEngine } from "./openai.ts";

let server: ScriptedOpenAi;
const engines: Engine[] = [];
beforeEach(async () => {
  server = await startScriptedOpenAi();
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  await server.close();
});

async function start(options: Partial<Parameters<typeof createOpenAiEngine>[0]> = {}): Promise<Engine> {
  const engine = createOpenAiEngine({ base: server.base, log: noLog, ...options });
  engines.push(engine);
  await engine.describe();
  return engine;
}
async function run(
  engine: Engine,
  request: Partial<EngineRequest> = {},
  more: Partial<EngineTask> = {},
  signal = new AbortController().signal,
) {
  const chunks: EngineChunk[] = [];
  const task: EngineTask = {
    kind: "chat",
    request: { model: "m", messages: [{ role: "user", content: "Hi" }], ...request },
    ...more,
  };
  const result = await engine.run(task, {
    signal,
    onChunk: (chunk) => {
      chunks.push(chunk);
      return undefined;
    },
  });
  return { result, chunks, text: chunks.map((c) => c.delta.content ?? "").join("") };
}
const streams =
  (...pieces: (string | Buffer)[]): Handler =>
  async (_request, response) => {
    sse(response);
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };
const usageEvent = event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2 } });
const done = "data: [DONE]\n\n";

describe("discovery", () => {
  it("offers what the probes found, one slot count for all models", async () => {
    server.models = ["m", "e"];
    Object.assign(server.probes, { tools: false, logprobs: false, continues: "prefill" });
    const offer = await (await start({ slots: 3 })).describe();
    expect(offer).toMatchObject({ kind: "openai", slotsTotal: 3 });
    expect(offer.models.map((m) => m.id)).toEqual(["m", "e"]);
    expect(offer.models[0]).toEqual({
      id: "m",
      slots: 3,
      contextTokens: 4096,
      kinds: ["chat", "completion", "embedding"],
      continuation: "text",
      features: { tools: false, json: true, logprobs: false },
    });
  });

  it("offers only mapped models, under the network's names", async () => {
    server.models = ["big/model", "other"];
    const offer = await (await start({ modelIds: { "big/model": "llama-70b" } })).describe();
    expect(offer.models.map((m) => m.id)).toEqual(["llama-70b"]);
    server.handle = streams(textEvent("x", "stop"), done);
    await run(engines[0] as Engine, { model: "llama-70b" });
    expect(server.requests[0]?.body.model).toBe("big/model");
  });

  it("withdraws its models while the server is down and offers them again after", async () => {
    const engine = await start({ checkMs: 20 });
    let changes = 0;
    engine.onChange?.(() => {
      changes += 1;
    });
    server.models = null;
    await expect.poll(async () => (await engine.describe()).models.length).toBe(0);
    await expect(run(engine)).rejects.toMatchObject({ code: "engine_unavailable" });
    server.models = ["m"];
    await expect.poll(async () => (await engine.describe()).models.length).toBe(1);
    expect(changes).toBe(2);
  });

  it.each(["vllm", "prefill"] as const)(
    "continues delivered text the way the server does it: %s",
    async (continues) => {
      server.probes.continues = continues;
      const engine = await start();
      server.handle = streams(textEvent(" world", "stop"), done);
      const { text } = await run(engine, { max_tokens: 10 }, { continueFrom: { text: "Hello", tokens: 3 } });
      expect(text).toBe(" world");
      const body = server.requests[0]?.body as Record<string, unknown>;
      expect((body.messages as unknown[]).at(-1)).toEqual({ role: "assistant", content: "Hello" });
      expect(body.max_tokens).toBe(7);
      expect(body.continue_final_message).toBe(continues === "vllm" ? true : undefined);
    },
  );

  it.each([
    ["vllm", "text"],
    ["prefill", "text"],
    ["none", "none"],
  ] as const)("finds by counting prompt tokens whether a dull model's server goes on: %s", async (continues, found) => {
    server.probes.continues = continues;
    server.probes.counts = true;
    expect((await (await start()).describe()).models[0]?.continuation).toBe(found);
  });

  it("does not offer to continue where the server opens a new turn", async () => {
    const engine = await start();
    expect((await engine.describe()).models[0]?.continuation).toBe("none");
    const from = { continueFrom: { text: "Hello", tokens: 1 } };
    await expect(run(engine, {}, from)).rejects.toMatchObject({ code: "unsupported" });
    server.handle = streams(event({ choices: [{ text: " on", finish_reason: "stop" }] }), done);
    expect((await run(engine, { prompt: "Go", messages: undefined }, { kind: "completion", ...from })).text).toBe(
      " on",
    );
    expect(server.requests[0]?.body.prompt).toBe("GoHello");
  });

  it.each([
    ["tools", { tools: [{ type: "function" as const, function: { name: "f" } }] }],
    ["constrained output", { response_format: { type: "json_object" as const } }],
    ["logprobs", { logprobs: true }],
    ["several choices", { n: 2 }],
  ])("does not continue %s", async (_name, request) => {
    server.probes.continues = "prefill";
    await expect(run(await start(), request, { continueFrom: { text: "x", tokens: 1 } })).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  it("finds a stop sequence that began in what was delivered", async () => {
    server.probes.continues = "prefill";
    server.handle = streams(textEvent("D more"), textEvent(" and more", "length"), done);
    const { text, result } = await run(
      await start(),
      { stop: ["END"] },
      { continueFrom: { text: "the EN", tokens: 2 } },
    );
    expect(text).toBe("");
    expect(result.finishReasons).toEqual(["stop"]);
    await server.requests[0]?.closed;
  });
});

describe("requests", () => {
  it("passes every parameter through", async () => {
    server.handle = streams(textEvent("x", "stop"), done);
    const request = {
      max_tokens: 5,
      temperature: 0.3,
      top_p: 0.9,
      stop: ["a"],
      seed: 11,
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
      logprobs: true,
      top_logprobs: 2,
      tools: [{ type: "function" as const, function: { name: "f", parameters: { type: "object" } } }],
      tool_choice: "auto" as const,
      parallel_tool_calls: false,
      response_format: { type: "json_object" as const },
    };
    await run(await start({ key: "sk-1" }), request);
    expect(server.requests[0]).toMatchObject({ path: "/chat/completions", authorization: "Bearer sk-1" });
    expect(server.requests[0]?.body).toEqual({
      model: "m",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      stream_options: { include_usage: true },
      ...request,
    });
  });

  it("streams several choices, tool calls and logprobs", async () => {
    const call = (f: Record<string, unknown>, id?: string) =>
      event({
        choices: [
          { index: 1, delta: { tool_calls: [{ index: 0, ...(id ? { id, type: "function" } : {}), function: f }] } },
        ],
      });
    server.handle = streams(
      event({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null }] }),
      event({ choices: [{ index: 0, delta: { content: "Hi" }, logprobs: { content: [{ token: "Hi" }] } }] }),
      call({ name: "f", arguments: "" }, "call_1"),
      call({ arguments: "{}" }),
      event({ choices: [{ index: 1, delta: {}, finish_reason: "tool_calls" }] }),
      event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
      usageEvent,
      done,
    );
    const { chunks, result } = await run(await start(), { n: 2 });
    expect(chunks).toEqual([
      { index: 0, delta: { content: "Hi" }, logprobs: { content: [{ token: "Hi" }] } },
      {
        index: 1,
        delta: { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "f", arguments: "" } }] },
      },
      { index: 1, delta: { tool_calls: [{ index: 0, function: { arguments: "{}" } }] } },
    ]);
    expect(result).toEqual({ usage: { promptTokens: 7, completionTokens: 2 }, finishReasons: ["stop", "tool_calls"] });
  });

  it("hands embeddings on in input order, as float32", async () => {
    server.handle = (_request, response) =>
      json(response, 200, {
        data: [
          { index: 1, embedding: [0.5] },
          { index: 0, embedding: [1, -2] },
        ],
        usage: { prompt_tokens: 4 },
      });
    const { chunks, result } = await run(
      await start(),
      { input: ["a", "b"], messages: undefined },
      { kind: "embedding" },
    );
    const floats = (base64: string | undefined) => [
      ...new Float32Array(new Uint8Array(Buffer.from(base64 ?? "", "base64")).buffer),
    ];
    expect(chunks.map((c) => [c.index, floats(c.delta.embedding)])).toEqual([
      [0, [1, -2]],
      [1, [0.5]],
    ]);
    expect(result.usage).toEqual({ promptTokens: 4, completionTokens: 0 });
  });

  it("closes the connection to the server when the task is cancelled", async () => {
    const engine = await start();
    const abort = new AbortController();
    server.handle = (_request, response) => {
      sse(response);
      response.write(textEvent("x"));
      setImmediate(() => abort.abort());
    };
    await expect(run(engine, {}, {}, abort.signal)).rejects.toMatchObject({ code: "aborted" });
    await server.requests[0]?.closed;
  });
});

describe("answers of all kinds", () => {
  it("reads an answer cut into pieces anywhere, with any line ends and comments", async () => {
    const engine = await start();
    const words = ["Grüße", " 🙂", " done"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.uniqueArray(fc.nat(400), { maxLength: 8 }),
        fc.boolean(),
        async (eol, cuts, withDone) => {
          const lines = [": ping", "", ...words.flatMap((w) => ["event: x", ...textEvent(w).trim().split("\n"), ""])];
          const whole = Buffer.from(
            [...lines, textEvent("", "stop").trim(), "", ...(withDone ? ["data: [DONE]", ""] : [])].join(eol) +
              (withDone ? eol : ""),
          );
          const at = [0, ...cuts.filter((c) => c < whole.length).toSorted((a, b) => a - b), whole.length];
          server.handle = streams(...at.slice(1).map((end, i) => whole.subarray(at[i], end)));
          expect((await run(engine)).text).toBe(words.join(""));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("never hands on half a character that came in two events", async () => {
    server.handle = streams(
      event({ choices: [{ delta: { content: "a\ud83d" } }] }),
      event({ choices: [{ delta: { content: "\ude42b" } }] }),
      textEvent("", "stop"),
    );
    const { chunks } = await run(await start());
    expect(chunks.map((c) => c.delta.content)).toEqual(["a", "🙂b"]);
  });

  it("takes a whole JSON answer from a server that does not stream", async () => {
    server.handle = (_request, response) =>
      json(response, 200, {
        choices: [{ message: { content: "whole" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      });
    expect(await run(await start())).toMatchObject({ text: "whole", result: { finishReasons: ["stop"] } });
  });

  const failures: [string, string, Handler][] = [
    ["a stream that just ends", "engine_truncated", streams(textEvent("half"))],
    ["a stream that ends with [DONE] but no finish reason", "engine_truncated", streams(textEvent("half"), done)],
    ["one of two choices without its end", "engine_truncated", streams(textEvent("x", "stop"), done)],
    ["an abort of the server", "engine_truncated", streams(textEvent("half", "abort"), done)],
    [
      "a connection that breaks",
      "engine_truncated",
      (_request, response) => {
        sse(response);
        response.write(textEvent("half"), () => response.destroy());
      },
    ],
    [
      "an error inside the stream",
      "engine_error",
      streams(textEvent("x"), event({ error: { message: "CUDA out of memory" } })),
    ],
    [
      "an error inside a 200",
      "engine_error",
      (_r, response) => json(response, 200, { error: { message: "boom", code: 500 } }),
    ],
    [
      "a context error inside a 200",
      "context_length_exceeded",
      (_r, response) => json(response, 200, { error: { message: "maximum context length is 10 tokens", code: 400 } }),
    ],
    ["choices:null in a whole answer", "engine_truncated", (_r, response) => json(response, 200, { choices: null })],
    ["a stream that is no JSON", "engine_error", streams("data: {broken\n\n")],
    ["bytes that are no UTF-8", "engine_error", streams(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a]))],
    [
      "a page instead of an answer",
      "engine_error",
      (_r, response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.end("<html>");
      },
    ],
    [
      "429",
      "overloaded",
      (_r, response) => json(response, 429, { error: { message: "slow down" } }, { "retry-after": "0" }),
    ],
    ["400", "invalid_request", (_r, response) => json(response, 400, { error: { message: "bad temperature" } })],
    ["422 of another shape", "invalid_request", (_r, response) => json(response, 422, { detail: "bad field" })],
    [
      "400 for the context, by its code",
      "context_length_exceeded",
      (_r, response) => json(response, 400, { error: { message: "too long", code: "context_length_exceeded" } }),
    ],
    [
      "400 for the context, by llama.cpp's words",
      "context_length_exceeded",
      (_r, response) =>
        json(response, 400, { error: { message: "the request exceeds the available context size", code: 400 } }),
    ],
    ["401", "engine_unavailable", (_r, response) => json(response, 401, { error: { message: "bad key" } })],
    ["500", "engine_error", (_r, response) => json(response, 500, { error: { message: "boom" } })],
    ["silence", "engine_error", () => undefined],
    [
      "silence in the middle",
      "engine_error",
      (_r, response) => {
        sse(response);
        response.write(textEvent("x"));
      },
    ],
    [
      "a redirect",
      "engine_unavailable",
      (_r, response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    ],
    ["an endless line", "engine_error", streams(`data: ${"x".repeat(5_000_000)}`)],
  ];
  it.each(failures)("%s is %s", async (name, code, handler) => {
    const engine = await start({ idleTimeoutMs: name.startsWith("silence") ? 150 : 10_000 });
    server.handle = handler;
    await expect(run(engine, name.startsWith("one of two") ? { n: 2 } : {})).rejects.toMatchObject({
      name: "EngineError",
      code,
    });
  });

  it("leaves a server alone for as long as it asks", async () => {
    const engine = await start();
    server.handle = (_request, response) => json(response, 429, {}, { "retry-after": "30" });
    await expect(run(engine)).rejects.toMatchObject({ code: "overloaded" });
    await expect(run(engine)).rejects.toMatchObject({ code: "overloaded" });
    expect(server.requests).toHaveLength(1);
  });

  it("says engine_unavailable when nobody listens", async () => {
    const engine = await start();
    await server.close();
    await expect(run(engine)).rejects.toMatchObject({ code: "engine_unavailable" });
    server = await startScriptedOpenAi();
  });
});
