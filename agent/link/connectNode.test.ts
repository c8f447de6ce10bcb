import type { ServerFrame } from "@farlabs/protocol";
import fc from "fast-check";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterEach, describe, expect, it } from "vitest";
import { EngineError } from "../engines/engine.ts";
import type { Log } from "../log.ts";
import {
  assignFrame,
  type FakeNetwork,
  type FakeNetworkOptions,
  startFakeNetwork,
  welcome,
} from "../testing/fakeNetwork.ts";
import { createScriptedEngine, hangs, modelOffer, type ScriptedEngine, says } from "../testing/scriptedEngine.ts";
import { connectNode } from "./connectNode.ts";

const machine = { gpuModel: "CPU: test", vramGb: 1, cpu: "test", cores: 1, memoryGb: 1 };
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(engine: ScriptedEngine, options: FakeNetworkOptions = {}, log: Log = () => undefined) {
  const network = await startFakeNetwork(options);
  cleanups.push(network.close);
  const key = privateKeyToAccount(generatePrivateKey());
  const link = connectNode({
    network: network.url,
    token: "t",
    key,
    engines: [engine],
    machine,
    log,
    backoff: () => 5,
  });
  cleanups.push(link.close);
  return { network, link, key };
}
const textOf = (network: FakeNetwork, taskId: string): string =>
  network.frames.flatMap((f) => (f.type === "chunk" && f.taskId === taskId ? [f.delta.content ?? ""] : [])).join("");

describe("connectNode", () => {
  it("signs the challenge, offers its models and reports a result with its chunks numbered from 0", async () => {
    const { network, link, key } = await setUp(createScriptedEngine(says(["a", "b", "c"])));
    const hello = await network.next("hello");
    expect(hello).toMatchObject({ joinToken: "t", nodeKey: key.address, running: [] });
    expect(hello.capabilities.engines[0]?.models[0]?.id).toBe("m");
    expect(await link.ready).toEqual({ nodeId: "node_1" });
    network.send(assignFrame("t1"));
    expect(await network.next("result")).toEqual({
      type: "result",
      taskId: "t1",
      attempt: 1,
      chunks: 3,
      usage: { promptTokens: 1, completionTokens: 3 },
      finishReasons: ["stop"],
    });
    const kinds = network.frames.filter((f) => "taskId" in f).map((f) => (f.type === "chunk" ? f.seq : f.type));
    expect(kinds).toEqual(["accept", 0, 1, 2, "result"]);
    expect(network.violations).toEqual([]);
  });

  it("sends heartbeats with slots in use and the speed", async () => {
    const { network } = await setUp(createScriptedEngine(hangs), { heartbeatMs: 50 });
    await network.next("hello");
    network.send(assignFrame("t1"));
    const beat = await network.next("heartbeat", (f) => f.slots[0]?.used === 1);
    expect(beat.slots).toEqual([{ model: "m", used: 1, total: 4 }]);
    expect(beat.telemetry.tokensPerSecond).toBe(0);
  });

  it("refuses an unknown model, a kind it does not do, and more than its slots", async () => {
    const { network } = await setUp(createScriptedEngine(hangs, [modelOffer("m", 1)]));
    await network.next("hello");
    network.send(assignFrame("t1"), assignFrame("t2"), assignFrame("t3", 1, { model: "x" }), {
      ...assignFrame("t4"),
      kind: "embedding",
    });
    await network.next("accept", (f) => f.taskId === "t1");
    expect((await network.next("refuse", (f) => f.taskId === "t2")).reason).toBe("no_free_slot");
    expect((await network.next("refuse", (f) => f.taskId === "t3")).reason).toBe("unknown_model");
    expect((await network.next("refuse", (f) => f.taskId === "t4")).reason).toBe("unsupported_kind");
  });

  it("cancels: the engine is aborted, the slot is free at once, nothing more is sent", async () => {
    const engine = createScriptedEngine(hangs, [modelOffer("m", 1)]);
    const { network } = await setUp(engine);
    await network.next("hello");
    network.send(assignFrame("t1"));
    await network.next("accept");
    network.send({ type: "cancel", taskId: "t1", attempt: 1 }, assignFrame("t2"));
    expect((await network.next("fail")).code).toBe("aborted");
    await network.next("accept", (f) => f.taskId === "t2");
    expect(engine.tasks[0]?.io.signal.aborted).toBe(true);
    expect(network.frames.filter((f) => f.type === "fail")).toHaveLength(1);
  });

  it("fences: a newer attempt replaces the older, an older one is refused, a repeated one ignored", async () => {
    const engine = createScriptedEngine(hangs);
    const { network } = await setUp(engine);
    await network.next("hello");
    network.send(assignFrame("t1", 2), assignFrame("t1", 2), assignFrame("t1", 1), assignFrame("t1", 3));
    await network.next("accept", (f) => f.attempt === 3);
    expect((await network.next("refuse")).reason).toBe("stale_attempt");
    expect(engine.tasks.map((t) => t.io.signal.aborted)).toEqual([true, false]);
  });

  it("reports an engine's code, and anything else as engine_error without its text", async () => {
    const errors = [new EngineError("context_length_exceeded", "too long"), new Error("secret detail")];
    const { network } = await setUp(createScriptedEngine(() => Promise.reject(errors.shift())));
    await network.next("hello");
    network.send(assignFrame("t1"));
    expect(await network.next("fail", (f) => f.taskId === "t1")).toMatchObject({
      code: "context_length_exceeded",
      message: "too long",
    });
    network.send(assignFrame("t2"));
    expect(await network.next("fail", (f) => f.taskId === "t2")).toMatchObject({
      code: "engine_error",
      message: "the engine failed",
    });
  });

  it("says when an engine's offer changes", async () => {
    const engine = createScriptedEngine(hangs);
    const { network, link } = await setUp(engine);
    await link.ready;
    engine.offer([]);
    expect((await network.next("capabilities")).capabilities.engines[0]?.models).toEqual([]);
    network.send(assignFrame("t1"));
    expect((await network.next("refuse")).reason).toBe("unknown_model");
  });

  it("tells measured speeds with the heartbeat, however often they change", async () => {
    let answers = 0;
    const unsteady = createScriptedEngine(async (_, io) => {
      answers += 1;
      for (let i = 0; i < 9; i += 1) {
        if (i === 8 && answers % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 40));
        await io.onChunk({ index: 0, delta: { content: "x" } });
      }
      return { usage: { promptTokens: 1, completionTokens: 9 }, finishReasons: ["stop"] };
    });
    const { network, link } = await setUp(unsteady, { heartbeatMs: 10_000 });
    await link.ready;
    for (let i = 0; i < 30; i += 1) {
      network.send(assignFrame(`t${i}`));
      await network.next("result", (f) => f.taskId === `t${i}`);
    }
    expect(network.frames.filter((f) => f.type === "capabilities")).toEqual([]);
  });

  it("drains: running work ends, new work is refused, idle resolves", async () => {
    const gate = Promise.withResolvers<void>();
    const { network, link } = await setUp(
      createScriptedEngine(async (task, io) => {
        await gate.promise;
        return says(["x"])(task, io);
      }),
    );
    await link.ready;
    network.send(assignFrame("t1"));
    await network.next("accept");
    link.setState("drain");
    expect((await network.next("state")).state).toBe("drain");
    network.send(assignFrame("t2"));
    expect((await network.next("refuse")).reason).toBe("draining");
    gate.resolve();
    expect(await link.idle(10_000)).toBe(true);
    await network.next("result", (f) => f.taskId === "t1");
  });

  it("takes the network's drain, and its word that it need not come back", async () => {
    const { network, link } = await setUp(createScriptedEngine(hangs));
    await link.ready;
    network.send({ type: "drain", on: true }, assignFrame("t1"));
    expect((await network.next("refuse")).reason).toBe("draining");
    network.send({ type: "drain", on: false }, assignFrame("t2"));
    expect((await network.next("accept")).taskId).toBe("t2");
    network.send({ type: "bye", code: "banned", message: "this node is banned", retry: false });
    expect(await link.closed).toMatchObject({ code: "banned", message: "this node is banned" });
    expect(network.connections()).toBe(1);
  });

  it("rejects readiness when it is turned away at the door", async () => {
    const { link } = await setUp(createScriptedEngine(hangs), {
      onHello: () => [{ type: "bye", code: "bad_token", message: "this join token was revoked", retry: false }],
    });
    await expect(link.ready).rejects.toMatchObject({
      code: "refused_by_network",
      message: expect.stringContaining("revoked"),
    });
  });

  it("stops with a clear message when the protocol is another", async () => {
    const { link } = await setUp(createScriptedEngine(hangs), { protocol: 99 });
    expect(await link.closed).toMatchObject({ code: "protocol_mismatch", retry: false });
  });

  it("comes back after malformed, binary and out-of-order messages, and ignores frames of types it does not know", async () => {
    const { network, link } = await setUp(createScriptedEngine(says(["x"])));
    await link.ready;
    network.sendRaw(JSON.stringify({ type: "something_new", field: 1 }));
    const bad: (string | Buffer)[] = [
      "{",
      '{"type":"assign","taskId":5}',
      Buffer.from([1, 2]),
      JSON.stringify(welcome()),
    ];
    for (const [i, data] of bad.entries()) {
      network.sendRaw(data);
      await network.next("hello", () => network.connections() === i + 2);
    }
    network.send(assignFrame("t1"));
    await network.next("result");
  });

  it("leaves a half-open line, on which nothing comes back, and dials anew", async () => {
    const { network, link } = await setUp(createScriptedEngine(hangs), { heartbeatMs: 50 });
    await link.ready;
    network.pauseReading();
    await expect.poll(() => network.connections(), { timeout: 20_000 }).toBe(2);
    await expect.poll(() => link.status().connected).toBe(true);
  });

  it("logs a night without the network once", async () => {
    const lines: string[] = [];
    const { network, link } = await setUp(
      createScriptedEngine(hangs),
      {},
      (level, message) => void lines.push(`${level} ${message}`),
    );
    await link.ready;
    await network.close();
    await expect.poll(() => lines).toContain("warn not connected, trying again");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(lines).toEqual(["info online", "warn not connected, trying again"]);
  });

  it("keeps answering over a line that is cut at any point: nothing twice, nothing missing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 5 }),
        fc.boolean(),
        async (cuts, cutEnd) => {
          const pieces = Array.from({ length: 40 }, (_, i) => `<${i}>`);
          let step: (() => void) | undefined;
          const engine = createScriptedEngine(async (_task, io) => {
            for (const content of pieces) {
              await io.onChunk({ index: 0, delta: { content } });
              await new Promise<void>((resolve) => {
                step = resolve;
              });
            }
            return { usage: { promptTokens: 1, completionTokens: pieces.length }, finishReasons: ["stop"] };
          });
          // What a real network does: it counts what arrived without a gap and asks for the rest.
          const arrived: string[] = [];
          let ended = 0;
          const resume = (): ServerFrame[] => [
            welcome(ended ? [] : [{ taskId: "t1", attempt: 1, nextSeq: arrived.length }]),
          ];
          const { network, link } = await setUp(engine, { onHello: (_hello, n) => (n === 1 ? [welcome()] : resume()) });
          let read = 0;
          const drainFrames = () => {
            for (; read < network.frames.length; read += 1) {
              const frame = network.frames[read];
              if (frame?.type === "chunk" && frame.seq === arrived.length) arrived.push(frame.delta.content ?? "");
              else if (frame?.type === "chunk") throw new Error(`chunk ${frame.seq} where ${arrived.length} was due`);
              if (frame?.type === "result") ended += 1;
            }
          };
          await link.ready;
          network.send(assignFrame("t1"));
          await network.next("accept");
          for (let i = 0; i < pieces.length; i += 1) {
            await expect.poll(() => step !== undefined, { interval: 1 }).toBe(true);
            const go = step;
            step = undefined;
            if (cuts.includes(i)) {
              drainFrames();
              network.cut();
            }
            go?.();
          }
          if (cutEnd) {
            drainFrames();
            network.cut();
          }
          await expect
            .poll(
              () => {
                drainFrames();
                return ended;
              },
              { interval: 2, timeout: 10_000 },
            )
            .toBe(1);
          expect(arrived.join("")).toBe(pieces.join(""));
          expect(network.violations).toEqual([]);
          await link.close();
          await network.close();
        },
      ),
      { numRuns: 12 },
    );
  });

  it("forgets an attempt that the network no longer waits for, and says so of one it never had", async () => {
    const engine = createScriptedEngine(hangs);
    const { network, link } = await setUp(engine, {
      onHello: (_h, n) => [welcome(n === 1 ? [] : [{ taskId: "other", attempt: 4, nextSeq: 0 }])],
    });
    await link.ready;
    network.send(assignFrame("t1"));
    await network.next("accept");
    network.cut();
    const hello = await network.next("hello", (f) => f.running.length > 0);
    expect(hello.running).toEqual([{ taskId: "t1", attempt: 1 }]);
    expect(await network.next("fail")).toMatchObject({ taskId: "other", attempt: 4, code: "aborted" });
    expect(engine.tasks[0]?.io.signal.aborted).toBe(true);
    expect(link.status().running).toBe(0);
  });

  it("pauses the engine while the line is congested, and loses nothing", async () => {
    const piece = "x".repeat(60_000);
    const count = 200;
    let emitted = 0;
    const engine = createScriptedEngine(async (_task, io) => {
      for (; emitted < count; emitted += 1) await io.onChunk({ index: 0, delta: { content: piece } });
      return { usage: { promptTokens: 1, completionTokens: 1 }, finishReasons: ["stop"] };
    });
    const { network, link } = await setUp(engine);
    await link.ready;
    network.send(assignFrame("t1"));
    await network.next("accept");
    network.pauseReading();
    let before = -1;
    await expect
      .poll(
        () => {
          const still = emitted === before;
          before = emitted;
          return still;
        },
        { interval: 100 },
      )
      .toBe(true);
    expect(emitted).toBeLessThan(count);
    network.resumeReading();
    expect((await network.next("result")).chunks).toBe(count);
    expect(textOf(network, "t1").length).toBe(count * piece.length);
    expect(network.messages.every((m) => m.bytes <= 1_048_576 && m.frames <= 256)).toBe(true);
  });

  it("sends the chunks of one turn in one message, and cuts a text no frame can hold", async () => {
    const huge = "é🙂".repeat(50_000);
    const { network, link } = await setUp(
      createScriptedEngine(async (_task, io) => {
        for (let i = 0; i < 300; i += 1) void io.onChunk({ index: 0, delta: { content: `${i},` } });
        void io.onChunk({ index: 0, delta: { content: huge } });
        return { usage: { promptTokens: 1, completionTokens: 1 }, finishReasons: ["stop"] };
      }),
    );
    await link.ready;
    network.send(assignFrame("t1"));
    await network.next("result");
    expect(textOf(network, "t1")).toBe(`${Array.from({ length: 300 }, (_, i) => `${i},`).join("")}${huge}`);
    expect(Math.max(...network.messages.map((m) => m.frames))).toBeGreaterThan(200);
    expect(network.violations).toEqual([]);
  });
});
