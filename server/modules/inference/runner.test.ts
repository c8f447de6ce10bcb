import type { ServerFrame } from "@farlabs/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { FarError } from "#kernel";
import { createLiveNode, type LiveNode, type NodeEvent, type Nodes } from "#nodes";
import { inferenceConfig } from "./config.ts";
import "./errors.ts";
import { type LiveTask, newChoice } from "./live.ts";
import type { Ending } from "./model/charge.ts";
import { walletPayment } from "./payment.ts";
import { createRunner } from "./runner.ts";
import { createScheduler } from "./scheduler.ts";

/** The text that every honest node would produce, one character a token. */
const WHOLE = "The quick brown fox jumps over the lazy dog.";
const config = inferenceConfig.parse({});

/** Nodes without sockets: what the server sends is kept, what an agent would send is said by the test. */
function world(count: number, slots: number) {
  let nowMs = 1_000;
  const sent: { node: LiveNode; frame: ServerFrame }[] = [];
  const all: LiveNode[] = [];
  let violations = 0;
  for (let i = 0; i < count; i++) {
    const node = createLiveNode({
      nodeId: `node_${i}`,
      ownerAccount: "acct_op",
      ownerWallet: "0x0",
      joinTokenId: "jt_1",
      capabilities: { machine: { gpuModel: "", vramGb: 0, cpu: "", cores: 1, memoryGb: 1 }, engines: [] },
      score: 80,
      connectedAtMs: 0,
    });
    const offer = {
      id: "m",
      slots,
      contextTokens: 1000,
      kinds: ["chat" as const],
      continuation: "exact" as const,
      features: { tools: true, json: true, logprobs: true },
    };
    node.offers.set("m", { offer, inFlight: 0, tokensPerSecond: 50, firstTokenMs: 0 });
    node.link = { send: (frame) => sent.push({ node, frame }), close: () => undefined, backlogBytes: () => 0 };
    all.push(node);
  }
  const nodes = {
    serving: () => all.filter((n) => n.link !== null),
    violation: () => {
      violations += 1;
    },
  } as unknown as Nodes;
  const ended: { task: LiveTask; ending: Ending; error: FarError | null }[] = [];
  const scheduler = createScheduler(nodes);
  const clock = { now: () => nowMs, monotonic: () => nowMs };
  const runner = createRunner({
    nodes,
    scheduler,
    config,
    clock,
    finish(task, ending, error) {
      ended.push({ task, ending, error });
      runner.forget(task);
    },
  });
  return {
    runner,
    scheduler,
    all,
    sent,
    ended,
    violations: () => violations,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

let serial = 0;
function newTask(account: string): LiveTask {
  return {
    id: `task_${serial++}`,
    accountId: account,
    principal: {} as LiveTask["principal"],
    kind: "chat",
    model: { id: "m", tokensPerSecond: 50 } as LiveTask["model"],
    request: { model: "m" },
    rate8: 1n,
    payment: walletPayment("0x0", { capAccount: null }),
    payments: [],
    riskWei: 1n,
    riskGwei: 1,
    trustedOnly: false,
    promptTokens: 10,
    promptExact: true,
    promptBytes: 10,
    maxTokens: 100,
    quoteWei: 0n,
    reserved: { wei: 0n, vcu: null, micro: null },
    createdAtMs: 1_000,
    createdMs: 1_000,
    status: "pending",
    choices: [newChoice()],
    attempts: [],
    attempt: null,
    avoid: new Set(),
    prefixKeys: [],
    options: {},
    consumer: null,
    watchers: new Set(),
    firstTokenMs: null,
    assignedMs: null,
    ending: false,
    lastFailure: null,
    resolve: () => undefined,
  };
}

const ref = (task: LiveTask) => ({ taskId: task.id, attempt: task.attempt?.number ?? 0 });
const textOf = (task: LiveTask): string => task.choices[0]?.text ?? "";
const chunk = (task: LiveTask, text: string) => ({
  type: "chunk" as const,
  ...ref(task),
  seq: task.attempt?.nextSeq ?? 0,
  index: 0,
  delta: { content: text },
  tokenIds: [1],
});

describe("one task", () => {
  let w: ReturnType<typeof world>;
  let task: LiveTask;
  beforeAll(() => {
    serial = 0;
  });
  const begin = (nodes: number, slots = 1): LiveNode => {
    w = world(nodes, slots);
    task = newTask("a");
    w.runner.start(task);
    const node = task.attempt?.node;
    if (node === undefined) throw new Error("not assigned");
    return node;
  };

  test("goes on at another node right after the last delivered text", () => {
    const first = begin(2);
    for (const c of WHOLE.slice(0, 10)) w.runner.onFrame(first, chunk(task, c));
    first.link = null;
    w.runner.nodeChanged("disconnected", first);
    w.pass(config.RESUME_MS + 1);
    w.runner.sweep();
    const assign = w.sent.at(-1);
    expect(assign?.node).not.toBe(first);
    expect(assign?.frame).toMatchObject({
      type: "assign",
      attempt: 2,
      continueFrom: { text: WHOLE.slice(0, 10), tokens: 10 },
    });
    expect(task.attempts.map((a) => a.end)).toEqual(["node_lost", null]);
  });

  test("ends as lost when text was delivered and no other node can go on", () => {
    const node = begin(1);
    w.runner.onFrame(node, chunk(task, "half an"));
    node.link = null;
    w.runner.nodeChanged("disconnected", node);
    w.pass(config.RESUME_ALONE_MS + 1);
    w.runner.sweep();
    expect(w.ended.map((e) => [e.ending, e.error?.code])).toEqual([["lost", "node_lost"]]);
  });

  test("a late frame of a fenced attempt changes nothing", () => {
    const first = begin(2);
    const late = chunk(task, "late");
    w.runner.onFrame(first, { type: "fail", ...ref(task), code: "engine_error", message: "" });
    w.runner.onFrame(first, late);
    expect(textOf(task)).toBe("");
    expect(w.violations()).toBe(0);
  });

  test.each([
    ["a gap in the sequence", (t: LiveTask) => ({ ...chunk(t, "x"), seq: 3 })],
    ["a choice nobody asked for", (t: LiveTask) => ({ ...chunk(t, "x"), index: 1 })],
    ["more text than tokens allow", (t: LiveTask) => chunk(t, "x".repeat(100 * 256 + 1))],
    [
      "a result that miscounts its chunks",
      (t: LiveTask) => ({
        type: "result" as const,
        ...ref(t),
        chunks: 9,
        usage: { promptTokens: 1, completionTokens: 1 },
        finishReasons: ["stop" as const],
      }),
    ],
    [
      "a result for two choices",
      (t: LiveTask) => ({
        type: "result" as const,
        ...ref(t),
        chunks: 0,
        usage: { promptTokens: 1, completionTokens: 1 },
        finishReasons: ["stop" as const, "stop" as const],
      }),
    ],
  ])("%s is a breach: noted, dropped, and another node answers", (_, forge) => {
    const first = begin(2);
    w.runner.onFrame(first, forge(task));
    expect(w.violations()).toBe(1);
    expect(task.attempt?.node).not.toBe(first);
    expect(task.attempts[0]?.end).toBe("protocol_violation");
  });

  test("a frame for another node's task is a breach", () => {
    begin(2);
    const stranger = w.all.find((n) => n !== task.attempt?.node);
    if (stranger === undefined) throw new Error("no stranger");
    w.runner.onFrame(stranger, chunk(task, "mine"));
    expect(w.violations()).toBe(1);
    expect(textOf(task)).toBe("");
  });

  test("no first token in time moves it on", () => {
    const first = begin(2);
    w.pass(config.FIRST_TOKEN_MS + 300);
    w.runner.sweep();
    expect(task.attempts[0]?.end).toBe("first_token_timeout");
    expect(task.attempt?.node).not.toBe(first);
  });

  test("after a restart of its agent it moves on at once", () => {
    const first = begin(2);
    w.runner.nodeChanged("disconnected", first);
    expect(w.runner.resumable(first, [])).toEqual([]);
    expect(task.attempts[0]?.end).toBe("node_lost");
  });

  test("after a cut it is resumed from the next chunk", () => {
    const first = begin(1);
    w.runner.onFrame(first, chunk(task, "a"));
    w.runner.nodeChanged("disconnected", first);
    expect(w.runner.resumable(first, [ref(task)])).toEqual([{ ...ref(task), nextSeq: 1 }]);
    w.pass(config.RESUME_ALONE_MS + 1);
    w.runner.sweep();
    expect(task.attempts[0]?.end).toBeNull();
  });
});

/** What may happen to a network under load, in any order. */
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("submit" as const), account: fc.constantFrom("a", "b", "c") }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("chunk" as const), at: fc.nat(50), length: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("finish" as const), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refuse" as const), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("garbage" as const), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cut" as const), node: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("back" as const), node: fc.nat(9), remembers: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 6_000 }) }) },
);

function play(events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[]) {
  const w = world(3, 2);
  const running = (): LiveTask[] => [...w.runner.tasks.values()].filter((t) => t.attempt !== null);
  const pick = (at: number): LiveTask | undefined => running()[at % Math.max(1, running().length)];
  const links = new Map(w.all.map((n) => [n, n.link]));
  let submitted = 0;
  for (const e of events) {
    const task = "at" in e ? pick(e.at) : undefined;
    const attempt = task?.attempt ?? null;
    if (e.do === "submit") {
      submitted += 1;
      w.runner.start(newTask(e.account));
    } else if (e.do === "time") {
      w.pass(e.ms);
      w.runner.sweep();
    } else if (e.do === "cut" || e.do === "back") {
      const node = w.all[e.node % w.all.length];
      if (node === undefined) continue;
      if (e.do === "cut" && node.link !== null) {
        node.link = null;
        w.runner.nodeChanged("disconnected", node);
      } else if (e.do === "back" && node.link === null) {
        node.link = links.get(node) ?? null;
        const held = e.remembers
          ? running()
              .filter((t) => t.attempt?.node === node)
              .map(ref)
          : [];
        w.runner.resumable(node, held);
        w.runner.nodeChanged("resumed" satisfies NodeEvent, node);
      }
    } else if (task !== undefined && attempt !== null) {
      act(w, e.do, task, "length" in e ? e.length : 1);
    }
    for (const node of w.all) {
      const load = [...w.runner.tasks.values()].filter((t) => t.attempt?.node === node).length;
      expect(node.offers.get("m")?.inFlight).toBe(load);
      expect(load).toBeLessThanOrEqual(2);
    }
  }
  w.pass(config.OVERALL_MS + 1);
  w.runner.sweep();
  return { w, submitted };
}

function act(w: ReturnType<typeof world>, what: string, task: LiveTask, length: number): void {
  const attempt = task.attempt;
  if (attempt === null || attempt.node.link === null) return;
  const rest = WHOLE.slice(textOf(task).length);
  if (what === "chunk" && rest !== "") w.runner.onFrame(attempt.node, chunk(task, rest.slice(0, length)));
  else if (what === "finish") {
    if (rest !== "") w.runner.onFrame(attempt.node, chunk(task, rest));
    w.runner.onFrame(attempt.node, {
      type: "result",
      ...ref(task),
      chunks: attempt.nextSeq,
      usage: { promptTokens: 1, completionTokens: 9 },
      finishReasons: ["stop"],
    });
  } else if (what === "fail")
    w.runner.onFrame(attempt.node, { type: "fail", ...ref(task), code: "engine_error", message: "boom" });
  else if (what === "refuse") w.runner.onFrame(attempt.node, { type: "refuse", ...ref(task), reason: "full" });
  else if (what === "garbage") w.runner.onFrame(attempt.node, { ...chunk(task, "garbage"), seq: attempt.nextSeq + 7 });
  else if (what === "cancel") w.runner.end(task, "cancelled", null);
}

test("in any order of events every task ends exactly once, complete ones are the whole text, and every slot comes back", () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 5, maxLength: 120 }), (events) => {
      const { w, submitted } = play(events);
      expect(w.ended.length).toBe(submitted);
      expect(new Set(w.ended.map((e) => e.task.id)).size).toBe(submitted);
      for (const { task, ending } of w.ended) {
        if (ending === "completed") expect(textOf(task)).toBe(WHOLE);
        else expect(WHOLE.startsWith(textOf(task))).toBe(true);
        expect(task.attempts.every((a) => a.end !== null)).toBe(true);
      }
      for (const node of w.all) expect(node.offers.get("m")?.inFlight).toBe(0);
      expect(w.scheduler.queue("m").size()).toBe(0);
    }),
    { numRuns: 300 },
  );
});
