/**
 * A node that lies, floods and breaks every rule of the protocol, beside an honest one. Whatever it sends: the server lives, the caller
 * gets the honest node's answer or a coded error, and nobody pays for what the hostile one made up.
 */
import { FRAMES_PER_MESSAGE_MAX, type WireError } from "@farlabs/protocol";
import { testDatabase } from "@farlabs/server/testing";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Account, type Builder, type Network, startNetwork } from "../support/network.ts";
import {
  type Attempt,
  attemptOf,
  capabilities,
  dial,
  type JoinOptions,
  join,
  offer,
  type RawSocket,
  sayHello,
  serveHonestly,
} from "../support/rawNode.ts";

/** At $0.20 per 1 M tokens and $0.10 per FAR. */
const WEI_PER_TOKEN = 2_000_000_000_000n;
const MODEL = "m";
const HONEST = ["honest ", "words"];
const PROMPT = "What is this?";

const db = await testDatabase();
let network: Network;
let builder: Builder;
let liar: Account;
let liarToken: string;
let honest: RawSocket & { nodeId: string };
const open: RawSocket[] = [];
let pid = 0;

beforeAll(async () => {
  const env = {
    FIRST_TOKEN_MS: "1500",
    IDLE_MS: "1500",
    NO_TOKEN_MS: "20000",
    RESUME_MS: "1500",
    RESUME_ALONE_MS: "1500",
  };
  network = await startNetwork({ databaseUrl: db.url, env });
  pid = network.server().child.pid ?? 0;
  const trusty = await network.account();
  [builder, liar] = [await network.builder(100), await network.account()];
  liarToken = await network.joinToken(liar);
  honest = await join(network.url(), {
    token: await network.joinToken(trusty),
    models: [offer(MODEL, { tokensPerSecond: 1 }), offer("far-mini", { tokensPerSecond: 1 })],
  });
  const beat = setInterval(() => honest.send({ type: "heartbeat", slots: [], telemetry: {} }), 5_000);
  honest.ws.on("close", () => clearInterval(beat));
  serveHonestly(honest, HONEST);
}, 120_000);
afterAll(async () => {
  honest?.ws.terminate();
  await network?.close();
});

/** So fast, it says, that it is always asked first. */
async function hostile(more: Partial<JoinOptions> = {}): Promise<RawSocket & { nodeId: string }> {
  const socket = await join(network.url(), {
    token: liarToken,
    models: [offer(MODEL, { tokensPerSecond: 1_000_000 }), offer("far-mini", { tokensPerSecond: 1_000_000 })],
    ...more,
  });
  open.push(socket);
  return socket;
}
function caller(): RawSocket {
  const socket = dial(network.url());
  open.push(socket);
  return socket;
}

interface Answer {
  status: number;
  text: string;
  error: WireError["error"] | null;
  done: boolean;
  taskId: string;
}

async function ask(more: Record<string, unknown> = {}, path = "chat/completions"): Promise<Answer> {
  const body =
    path === "embeddings"
      ? { model: MODEL, input: [PROMPT], ...more }
      : { model: MODEL, messages: [{ role: "user", content: PROMPT }], max_tokens: 50, ...more };
  const res = await fetch(`${network.url()}/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${builder.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const raw = await res.text();
  const out: Answer = {
    status: res.status,
    text: "",
    error: null,
    done: false,
    taskId: res.headers.get("x-far-task-id") ?? "",
  };
  const events = raw.startsWith("{")
    ? [raw]
    : raw
        .split("\n\n")
        .filter((e) => e.startsWith("data: "))
        .map((e) => e.slice(6));
  for (const event of events) {
    if (event === "[DONE]") {
      out.done = true;
      continue;
    }
    const json = JSON.parse(event) as {
      error?: WireError["error"];
      choices?: { message?: { content: string }; delta?: { content?: string } }[];
    };
    out.error ??= json.error ?? null;
    out.text += json.choices?.[0]?.message?.content ?? json.choices?.[0]?.delta?.content ?? "";
  }
  return out;
}

const balance = async (): Promise<bigint> => {
  const [row] = (await builder.client.balances.list()) as unknown as { available: string; reserved: string }[];
  return BigInt(row?.available ?? "0") + BigInt(row?.reserved ?? "0");
};
const earned = async (owner: Account): Promise<bigint> =>
  (await owner.session.nodes.list({ limit: 100 })).data.reduce((sum, n) => sum + BigInt(n.total_earned), 0n);
const bytes = (text: string): bigint => BigInt(Buffer.byteLength(text));
/** The most that a text may cost where the network holds no tokenizer: a token per three bytes begun. */
const priceOf = (text: string): bigint => ((bytes(PROMPT) + 2n) / 3n + (bytes(text) + 2n) / 3n) * WEI_PER_TOKEN;

let before = 0n;
beforeEach(async () => {
  before = await balance();
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.ws.terminate();
  expect(network.server().child.exitCode).toBeNull();
  expect(network.server().child.pid).toBe(pid);
  expect((await fetch(`${network.url()}/health`)).status).toBe(200);
  // The honest node is still there and is still asked.
  const { text, error } = await ask();
  expect([error, text]).toEqual([null, HONEST.join("")]);
  // An epoch on its way between ledger and chain shows for a moment; what stays is a finding.
  await expect.poll(() => network.admin("/audit"), { timeout: 15_000 }).toMatchObject({ findings: [] });
}, 30_000);

/** The whole balance: what was paid since the test began, and that it is what the answers' tasks say. */
async function paidFor(answers: readonly Answer[]): Promise<bigint> {
  let sum = 0n;
  for (const { taskId } of answers.filter((a) => a.taskId !== "")) {
    const task = await builder.client.tasks.get(taskId);
    expect(BigInt(task.cost_far)).toBeLessThanOrEqual(BigInt(task.quote));
    sum += BigInt(task.cost_far);
  }
  expect(before - (await balance())).toBe(sum);
  return sum;
}

describe("at the door", () => {
  const refused = async (socket: RawSocket): Promise<string> => {
    const { bye, code } = await socket.closed;
    return bye?.code ?? String(code);
  };
  const raw = JSON.stringify;

  test.each<[string, (s: RawSocket) => void, string]>([
    ["no JSON", (s) => s.ws.send("{nonsense"), "invalid_frame"],
    ["a binary message", (s) => s.ws.send(Buffer.from("{}")), "invalid_frame"],
    ["invalid UTF-8", (s) => s.ws.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false }), "1007"],
    ["more than 1 MiB", (s) => s.ws.send("x".repeat(1_048_577)), "1009"],
    ["nested JSON", (s) => s.ws.send("[".repeat(500_000) + "]".repeat(500_000)), "invalid_frame"],
    [
      "too many frames",
      (s) =>
        s.ws.send(
          raw(Array.from({ length: FRAMES_PER_MESSAGE_MAX + 1 }, () => ({ type: "accept", taskId: "t", attempt: 1 }))),
        ),
      "invalid_frame",
    ],
    ["work before hello", (s) => s.ws.send(raw({ type: "accept", taskId: "t", attempt: 1 })), "hello_expected"],
    [
      "heartbeats before hello",
      (s) => s.ws.send(raw({ type: "heartbeat", slots: [], telemetry: {} })),
      "hello_expected",
    ],
  ])("%s is shown out", async (_, say, code) => {
    const socket = caller();
    await socket.next("challenge");
    say(socket);
    expect(await refused(socket)).toBe(code);
  });

  test.each<[string, () => Partial<JoinOptions> | Promise<Partial<JoinOptions>>, string]>([
    ["an unknown join token", () => ({ token: "far_join_made-up" }), "invalid_join_token"],
    [
      "a revoked join token",
      async () => {
        const made = await liar.session.nodes.createJoinToken({});
        await liar.session.nodes.revokeJoinToken(made.id);
        return { token: made.join_token };
      },
      "invalid_join_token",
    ],
    ["somebody else's wallet", () => ({ ownerWallet: builder.address }), "invalid_join_token"],
    [
      "a signature over another nonce",
      () => ({ forge: (h) => ({ ...h, signature: oldSignature }) }),
      "invalid_node_signature",
    ],
    ["no signature", () => ({ forge: (h) => ({ ...h, signature: "0x" }) }), "invalid_node_signature"],
    ["another key's address", () => ({ forge: (h) => ({ ...h, nodeKey: builder.address }) }), "invalid_node_signature"],
    ["another protocol", () => ({ forge: (h) => ({ ...h, protocol: 99 }) }), "node_protocol_unsupported"],
    ["a NUL in the machine", () => ({ machine: { gpuModel: "A\u0000100" } }), "invalid_frame"],
    ["a line break in the region", () => ({ machine: { region: "eu\r\nx" } }), "invalid_frame"],
    ["more cores than a column holds", () => ({ machine: { cudaCores: Number.MAX_SAFE_INTEGER } }), "invalid_frame"],
    ["a NUL in a model's id", () => ({ models: [offer("a\u0000b")] }), "invalid_frame"],
    [
      "a thousand models",
      () => ({
        forge: (h) => ({
          ...h,
          capabilities: {
            ...h.capabilities,
            engines: Array.from({ length: 8 }, (_, e) => ({
              name: `e${e}`,
              kind: "openai",
              models: Array.from({ length: 128 }, (__, m) => offer(`x-${e}-${m}`)),
            })),
          },
        }),
      }),
      "invalid_frame",
    ],
  ])("%s is refused", async (_, how, code) => {
    const socket = caller();
    await sayHello(socket, { token: liarToken, models: [offer(MODEL)], ...(await how()) });
    expect(await refused(socket)).toBe(code);
  });

  const replayed = privateKeyToAccount(generatePrivateKey());
  let oldSignature = "0x";
  beforeAll(async () => {
    const socket = dial(network.url());
    await sayHello(socket, {
      token: liarToken,
      models: [],
      key: replayed,
      forge: (h) => {
        oldSignature = h.signature;
        return h;
      },
    });
    await socket.next("welcome");
    socket.ws.terminate();
  });

  test("a recorded hello opens nothing", async () => {
    const socket = caller();
    await sayHello(socket, {
      token: liarToken,
      models: [],
      key: replayed,
      forge: (h) => ({ ...h, signature: oldSignature }),
    });
    expect(await refused(socket)).toBe("invalid_node_signature");
  });

  test("the token of one registered node lets no second key in, and a key does not change its owner", async () => {
    const made = await liar.session.nodes.register({ wallet_address: liar.address, gpu_model: "none", vram: 0 });
    const key = privateKeyToAccount(generatePrivateKey());
    const first = await hostile({ token: made.join_token, key });
    expect(first.nodeId).toBe(made.node_id);
    const second = caller();
    await sayHello(second, { token: made.join_token, models: [offer(MODEL)] });
    expect(await refused(second)).toBe("node_key_taken");
    const elsewhere = caller();
    await sayHello(elsewhere, { token: await network.joinToken(await network.account()), models: [offer(MODEL)], key });
    expect(await refused(elsewhere)).toBe("node_key_taken");
  });

  test("a big model is not asked of a small machine, whatever it says it serves", async () => {
    const tiny = await hostile({
      models: [offer("llama-405b"), offer(MODEL, { tokensPerSecond: 1_000_000 })],
      machine: { vramGb: 8 },
    });
    tiny.send({ type: "capabilities", capabilities: capabilities([offer("llama-405b")], { vramGb: 80 }) });
    const answer = await ask({ model: "llama-405b" });
    expect([answer.status, answer.error?.code]).toEqual([503, "no_node"]);
    expect(await paidFor([])).toBe(0n);
  });

  test("an upgrade to another path, cut off, hurts nobody", async () => {
    const { connect } = await import("node:net");
    const { port } = new URL(network.url());
    for (const path of ["/", "/v1/models", "/nodelink2"]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.resetAndDestroy();
    }
    const lingering = connect(Number(port), "127.0.0.1");
    const ended = new Promise((resolve) => lingering.once("close", resolve));
    lingering.on("error", () => undefined);
    lingering.resume();
    lingering.write("GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await ended;
  });
});

describe("garbage instead of an answer", () => {
  const deep = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

  test.each<[string, (s: RawSocket, a: Attempt) => void]>([
    ["no JSON, then silence", (s) => s.ws.send("{nonsense")],
    ["a wall of nesting", (s) => s.ws.send("[".repeat(500_000) + "]".repeat(500_000))],
    [
      "a chunk out of order",
      (_, a) => {
        a.say("lies ");
        a.chunk({ seq: 7, delta: { content: "more lies" } });
      },
    ],
    [
      "a choice nobody asked for",
      (_, a) => {
        a.say("lies ");
        a.chunk({ index: 3, delta: { content: "lies" } });
      },
    ],
    [
      "a result that does not count its chunks",
      (_, a) => {
        a.say("lies ");
        a.result({ chunks: 9 });
      },
    ],
    [
      "too many finish reasons",
      (_, a) => {
        a.say("lies ");
        a.result({ finishReasons: ["stop", "stop"] });
      },
    ],
    [
      "a vector instead of words",
      (_, a) => {
        a.chunk({ delta: { embedding: "AAAA" } });
        a.result();
      },
    ],
    [
      "tool calls nobody offered",
      (_, a) => {
        a.chunk({
          delta: { tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "rm", arguments: "{}" } }] },
        });
        a.result({ finishReasons: ["tool_calls"] });
      },
    ],
    ["tool calls out of order", (_, a) => a.chunk({ delta: { tool_calls: [{ index: 5, function: { name: "rm" } }] } })],
    [
      "more text than was asked for",
      (_, a) => {
        a.say("x".repeat(50 * 256 + 1));
        a.result();
      },
    ],
    ["a failure with control characters", (_, a) => a.fail("engine_error", "\u0000\u001b[31m\ud800 broken")],
    ["a refusal with control characters", (s, a) => s.send({ type: "refuse", ...a.ref, reason: "\u0000\u0007\ud800" })],
    ["a request called invalid", (_, a) => a.fail("invalid_request", "\u0000 you are wrong")],
    ["silence", () => undefined],
    ["an acceptance and silence", (_, a) => a.accept()],
    [
      "nothing but empty pieces",
      (s, a) => every(100, s, () => a.chunk({ delta: { content: "" }, tokenIds: [1, 2, 3] })),
    ],
    [
      "a sudden end",
      (s, a) => {
        a.say("lies ");
        s.ws.terminate();
      },
    ],
  ])("%s: the caller gets the honest answer and pays for it alone", async (_, misbehave) => {
    const socket = await hostile();
    socket.onAssign = (frame) => misbehave(socket, attemptOf(socket, frame));
    const income = await earned(liar);
    const answer = await ask();
    expect([answer.status, answer.error]).toEqual([200, null]);
    expect(socket.frames.some((f) => f.type === "assign")).toBe(true);
    // A node that was lost in good faith is continued, so its words may be part of the answer.
    if (answer.text !== "lies honest words") expect(answer.text).toBe("honest words");
    expect(await paidFor([answer])).toBe(priceOf(answer.text));
    if (answer.text === "honest words") expect(await earned(liar)).toBe(income);
  });

  test("streams are told the truth: what was sent is continued, and what a breach brought is not paid", async () => {
    const socket = await hostile();
    socket.onAssign = (frame) => {
      const a = attemptOf(socket, frame);
      a.say("lies ");
      setTimeout(() => a.chunk({ seq: 9, delta: { content: "x" } }), 100);
    };
    const income = await earned(liar);
    const answer = await ask({ stream: true });
    expect([answer.status, answer.error, answer.done]).toEqual([200, null, true]);
    expect(answer.text).toBe("lies honest words");
    expect(await paidFor([answer])).toBe(priceOf("honest words"));
    expect(await earned(liar)).toBe(income);
  });

  test("a stream that stalls is continued elsewhere", async () => {
    const socket = await hostile();
    socket.onAssign = (frame) => {
      const a = attemptOf(socket, frame);
      a.accept();
      a.say("some ");
      every(100, socket, () => a.chunk({ delta: {} }));
    };
    const answer = await ask({ stream: true });
    expect([answer.error, answer.done, answer.text]).toEqual([null, true, "some honest words"]);
    await paidFor([answer]);
  });

  test("logprobs nobody asked for reach nobody, and those that were asked for cannot bring the server down", async () => {
    const socket = await hostile();
    socket.onAssign = (frame) => {
      const a = attemptOf(socket, frame);
      const text = JSON.stringify({
        type: "chunk",
        ...a.ref,
        seq: 0,
        index: 0,
        delta: { content: "deep" },
        logprobs: "?",
      });
      socket.ws.send(text.replace('"?"', "[".repeat(200_000) + "]".repeat(200_000)));
      a.chunk({ seq: 1, delta: { content: "!" } });
    };
    for (const more of [{ stream: true }, {}, { stream: true, logprobs: true }, { logprobs: true }]) {
      const answer = await ask(more);
      expect([answer.status, answer.error, answer.text]).toEqual([200, null, "honest words"]);
    }
    socket.ws.terminate();
    const fresh = await hostile();
    fresh.onAssign = (frame) => {
      const a = attemptOf(fresh, frame);
      a.chunk({ delta: { content: "fine" }, logprobs: { content: deep(8), refusal: "x".repeat(5_000) } });
      a.result();
    };
    expect((await ask()).text).toBe("fine");
    expect((await ask({ logprobs: true })).status).toBe(200);
  });
});

/** Repeats while the socket is open. */
function every(ms: number, socket: RawSocket, say: () => void): void {
  const timer = setInterval(() => (socket.ws.readyState === socket.ws.OPEN ? say() : clearInterval(timer)), ms);
}

describe("money", () => {
  test("a claim of a billion tokens is paid by bytes, and never beyond the quote", async () => {
    const socket = await hostile();
    socket.onAssign = (frame) => {
      const a = attemptOf(socket, frame);
      a.say("six by");
      a.result({ usage: { promptTokens: 1_000_000_000, completionTokens: 1_000_000_000 } });
    };
    const answers = [await ask(), await ask({ stream: true })];
    expect(await paidFor(answers)).toBe(2n * priceOf("six by"));
  });

  test("where the network holds the tokenizer it counts itself", async () => {
    const socket = await hostile();
    socket.onAssign = (frame) => {
      const a = attemptOf(socket, frame);
      a.say("Far Labs is a network.");
      a.result({ usage: { promptTokens: 1_000_000_000, completionTokens: 1_000_000_000 } });
    };
    const answer = await ask({ model: "far-mini" });
    const task = await builder.client.tasks.get(answer.taskId);
    expect(task.tokens_generated).toBeLessThanOrEqual(22);
    expect(await paidFor([answer])).toBe(BigInt(task.prompt_tokens + task.tokens_generated) * WEI_PER_TOKEN);
  });

  test("text beyond max_tokens costs no more than max_tokens", async () => {
    const socket = await hostile();
    socket.onAssign = (frame) => {
      const a = attemptOf(socket, frame);
      a.say("x".repeat(50 * 250));
      a.result({ usage: { promptTokens: 5, completionTokens: 1_000_000 } });
    };
    const answer = await ask();
    expect(await paidFor([answer])).toBe(((bytes(PROMPT) + 2n) / 3n + 50n) * WEI_PER_TOKEN);
  });

  test("nothing delivered is nothing paid, whatever is claimed", async () => {
    const socket = await hostile();
    socket.onAssign = (frame) =>
      attemptOf(socket, frame).result({ usage: { promptTokens: 1_000, completionTokens: 1_000 } });
    const answers = [await ask(), await ask({ stream: true })];
    expect(await paidFor(answers)).toBe(0n);
  });

  test("twice the result, chunks twice, and frames after the end change nothing", async () => {
    const socket = await hostile();
    const sent: Attempt[] = [];
    socket.onAssign = (frame) => {
      const a = attemptOf(socket, frame);
      sent.push(a);
      a.say("once");
      a.chunk({ seq: 0, delta: { content: "once" } });
      a.result({ chunks: 1 });
      a.result({ chunks: 1 });
      a.chunk({ seq: 1, delta: { content: "late" } });
      a.fail("engine_error", "late");
    };
    const answers = [await ask(), await ask({ stream: true })];
    expect(answers.map((a) => a.text)).toEqual(["once", "once"]);
    for (const a of sent) a.result({ chunks: 1, usage: { promptTokens: 9, completionTokens: 9_999 } });
    const paid = await paidFor(answers);
    expect(paid).toBeGreaterThan(0n);
    expect(paid).toBeLessThanOrEqual(2n * priceOf("once"));
  });

  test("frames of a fenced attempt reach nobody", async () => {
    const socket = await hostile();
    let late: Attempt | null = null;
    socket.onAssign = (frame) => {
      late = attemptOf(socket, frame);
    };
    // The time-out moves the task on; the old attempt wakes up while the honest one speaks.
    honest.onAssign = (frame) => {
      const a = attemptOf(honest, frame);
      a.say("true ");
      late?.say("stolen");
      late?.result();
      setTimeout(() => {
        a.say("answer");
        a.result();
      }, 200);
    };
    const answer = await ask({ stream: true });
    serveHonestly(honest, HONEST);
    expect(answer.text).toBe("true answer");
    await paidFor([answer]);
    const task = await builder.client.tasks.get(answer.taskId);
    expect(task.attempts.map((a) => [a.reason, BigInt(a.paid) > 0n])).toEqual([
      ["first_token_timeout", false],
      [null, true],
    ]);
  });

  test("a node cannot speak for another node's task", async () => {
    const socket = await hostile({ models: [] });
    honest.onAssign = (frame) => {
      const a = attemptOf(honest, frame);
      const forged = attemptOf(socket, frame);
      forged.say("forged");
      forged.result();
      forged.fail("engine_error", "forged");
      setTimeout(() => {
        a.say("true");
        a.result();
      }, 200);
    };
    const answer = await ask();
    serveHonestly(honest, HONEST);
    expect(answer.text).toBe("true");
    expect((await builder.client.tasks.get(answer.taskId)).attempts.length).toBe(1);
  });

  test("embeddings: words, half vectors and no vectors are not paid", async () => {
    const vector = Buffer.from(new Float32Array([0.6, 0.8]).buffer).toString("base64");
    honest.onAssign = (frame) => {
      const a = attemptOf(honest, frame);
      a.chunk({ delta: { embedding: vector } });
      a.result();
    };
    const ways: ((a: Attempt) => void)[] = [
      (a) => {
        a.say("words");
        a.result();
      },
      (a) => {
        a.chunk({ delta: { embedding: "!!!" } });
        a.result();
      },
      (a) => {
        a.chunk({ delta: { embedding: Buffer.from([0, 0, 192, 127]).toString("base64") } });
        a.result();
      },
      (a) => {
        a.chunk({ delta: { embedding: "" } });
        a.result();
      },
      (a) => a.result(),
    ];
    const answers: Answer[] = [];
    for (const way of ways) {
      // A node that failed just now is not asked first again.
      const socket = await hostile();
      socket.onAssign = (frame) => way(attemptOf(socket, frame));
      const answer = await ask({}, "embeddings");
      socket.ws.terminate();
      expect([answer.status, answer.error]).toEqual([200, null]);
      answers.push(answer);
    }
    serveHonestly(honest, HONEST);
    for (const { taskId } of answers)
      expect((await builder.client.tasks.get(taskId)).attempts.map((a) => a.reason)).toEqual([
        "protocol_violation",
        null,
      ]);
    await paidFor(answers);
  });
});

describe("the line", () => {
  test("a second socket of one key replaces the first; the first can do no more", async () => {
    const key = privateKeyToAccount(generatePrivateKey());
    const first = await hostile({ key });
    const asked = Promise.withResolvers<Attempt>();
    first.onAssign = (frame) => asked.resolve(attemptOf(first, frame));
    const answer = ask({ stream: true });
    const old = await asked.promise;
    old.say("one ");
    const second = await hostile({ key, running: [old.ref] });
    const [resumed] = (await second.next("welcome")).resume;
    expect(resumed).toMatchObject({ ...old.ref });
    expect((await first.closed).bye?.code).toBe("replaced");
    // Sent again from the start, as an agent may: nothing arrives twice.
    second.send({ type: "chunk", ...old.ref, seq: 0, index: 0, delta: { content: "one " } });
    second.send({ type: "chunk", ...old.ref, seq: 1, index: 0, delta: { content: "two" } });
    second.send({
      type: "result",
      ...old.ref,
      chunks: 2,
      usage: { promptTokens: 1, completionTokens: 2 },
      finishReasons: ["stop"],
    });
    expect((await answer).text).toBe("one two");
    await paidFor([await answer]);
  });

  test("breaches close the connection, also after coming back", async () => {
    const key = privateKeyToAccount(generatePrivateKey());
    for (const round of [1, 2]) {
      const socket = caller();
      await sayHello(socket, { token: liarToken, models: [offer(MODEL, { tokensPerSecond: 1_000_000 })], key });
      for (let i = 0; i < 40; i++) if (socket.ws.readyState === socket.ws.OPEN) socket.ws.send("{nonsense");
      expect([round, (await socket.closed).bye?.code]).toEqual([round, "invalid_frame"]);
    }
    const codes: (string | undefined)[] = [];
    for (let round = 0; round < 2; round++) {
      const socket = caller();
      await sayHello(socket, { token: liarToken, models: [offer(MODEL, { tokensPerSecond: 1_000_000 })], key });
      await socket.next("welcome").catch(() => undefined);
      for (let i = 0; i < 40; i++) if (socket.ws.readyState === socket.ws.OPEN) socket.ws.send("{nonsense");
      codes.push((await socket.closed).bye?.code);
    }
    expect(codes).toEqual(["node_misbehaved", "node_misbehaved"]);
  });

  test("a second hello is a breach and changes nothing", async () => {
    const socket = await hostile();
    await sayHello(socket, { token: liarToken, models: [] });
    serveHonestly(socket, ["still here"]);
    expect((await ask()).text).toBe("still here");
  });

  test("a flood of heartbeats, offers and foreign frames does not slow others down for long", async () => {
    const socket = await hostile({ models: [] });
    const foreign = JSON.stringify(
      Array.from({ length: FRAMES_PER_MESSAGE_MAX }, (_, i) => ({
        type: "chunk",
        taskId: `task_${i}`,
        attempt: 1,
        seq: 0,
        index: 0,
        delta: { content: "x".repeat(200) },
      })),
    );
    const beats = JSON.stringify(
      Array.from({ length: FRAMES_PER_MESSAGE_MAX }, () => ({ type: "heartbeat", slots: [], telemetry: {} })),
    );
    const offers = JSON.stringify(
      Array.from({ length: 50 }, () => ({ type: "capabilities", capabilities: capabilities([offer(MODEL)]) })),
    );
    for (let i = 0; i < 100; i++)
      for (const text of [foreign, beats, offers]) if (socket.ws.readyState === socket.ws.OPEN) socket.ws.send(text);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(answers.map((a) => a.text)).toEqual(answers.map(() => "honest words"));
    await paidFor(answers);
  });

  test("two prompts that fill a message each do not close the line to the node", async () => {
    const assigned: number[] = [];
    honest.onAssign = (frame) => {
      assigned.push(JSON.stringify(frame).length);
      attemptOf(honest, frame).fail("context_length_exceeded", "too long");
    };
    const big = (n: number) => ask({ messages: [{ role: "user", content: "é".repeat(n) }], max_tokens: 1 });
    const tools = [
      {
        type: "function",
        function: { name: "f", parameters: { type: "object", x: Array.from({ length: 100_000 }, () => 1e20) } },
      },
    ];
    const swollen = await ask({ tools });
    const answers = await Promise.all([big(30_000), big(30_000), big(20_000)]);
    serveHonestly(honest, HONEST);
    expect(swollen.error?.code).toMatch(/context_length_exceeded|body_too_large/);
    expect(answers.every((a) => a.error?.code === "context_length_exceeded")).toBe(true);
    expect(Math.max(...assigned, 0)).toBeLessThan(1_048_576);
    expect(await paidFor([])).toBe(0n);
  });

  test("a node that keeps failing is asked less and less", async () => {
    const socket = await hostile({ models: [offer("fickle", { tokensPerSecond: 1_000_000 })] });
    const good = await hostile({ models: [offer("fickle", { tokensPerSecond: 100 })] });
    serveHonestly(good, HONEST);
    let asked = 0;
    socket.onAssign = (frame) => {
      asked += 1;
      attemptOf(socket, frame).fail("engine_error", "again");
    };
    const answers: Answer[] = [];
    for (let i = 0; i < 10; i++) answers.push(await ask({ model: "fickle" }));
    expect(answers.map((a) => a.text)).toEqual(answers.map(() => "honest words"));
    expect(asked).toBeLessThan(4);
    await paidFor(answers);
  });

  test("with nobody else to ask, the error is coded and costs nothing", async () => {
    const alone = await hostile({ models: [offer("alone")] });
    const ways: [(a: Attempt) => void, number, string][] = [
      [(a) => a.fail("engine_error", "boom"), 502, "node_failed"],
      [(a) => a.fail("invalid_request", "no \u0000 such thing"), 400, "engine_refused"],
      [(a) => a.fail("overloaded", "later"), 503, "queue_full"],
      [(a) => a.chunk({ seq: 4, delta: { content: "x" } }), 502, "node_failed"],
      [() => undefined, 504, "no_token_in_time"],
    ];
    for (const [way, status, code] of ways) {
      alone.onAssign = (frame) => way(attemptOf(alone, frame));
      const answer = await ask({ model: "alone" });
      expect([answer.status, answer.error?.code]).toEqual([status, code]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(answer.error?.message).not.toMatch(/[\u0000-\u001f]/);
    }
    expect(await paidFor([])).toBe(0n);
  });
});
