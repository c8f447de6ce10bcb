import type { ClientEvents, ServerEvents, SubscribeAck } from "@farlabs/protocol";
import { io as connect, type Socket } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Principal } from "#identity";
import { coded, defineErrors } from "#kernel";
import { createLocalBus } from "#platform/bus";
import { createRealtime, type RealtimeChannels, type RealtimeLimits, type TaskState } from "./index.ts";

type Client = Socket<ServerEvents, ClientEvents>;
const FRONTEND = "http://app.test";
const refusal = {
  status: 401,
  type: "authentication_error",
  message: "No.",
  actor: "caller",
  retryable: false,
} as const;
defineErrors({ test_invalid_token: refusal, test_insufficient_scope: { ...refusal, status: 403 } });

const principal = (accountId: string, scopes: Principal["scopes"] = new Set(["read"])): Principal => ({
  accountId,
  via: "session",
  keyId: null,
  sessionId: `session of ${accountId}`,
  scopes,
  wallets: [],
  capAccount: null,
  ratePerMin: 600,
  concurrencyMax: 256,
});

/** Two tenants with a task and a node each, behind the small interfaces that the edge asks for. */
function createWorld(limits: Partial<RealtimeLimits> = {}) {
  const accounts = new Map([
    ["alice.is.here", principal("alice")],
    ["bob.is.here", principal("bob")],
    ["no.read.scope", principal("carol", new Set())],
  ]);
  const gone = new Set<string>();
  const owners = new Map([
    ["task_a", "alice"],
    ["task_b", "bob"],
    ["node_a", "alice"],
    ["node_b", "bob"],
  ]);
  const watchers = new Map<string, (index: number, text: string) => void>();
  const earned = new Map([["alice", 100n]]);
  let delivered = "";
  const states = new Map<string, TaskState>();
  let beforeStatus = async (): Promise<void> => {};
  const bus = createLocalBus<RealtimeChannels>({
    onError: (error) => {
      throw error;
    },
  });
  const realtime = createRealtime({
    host: "127.0.0.1",
    port: 0,
    frontendUrl: `${FRONTEND}/`,
    identity: {
      authenticate(authorization) {
        const known = accounts.get(authorization?.slice("Bearer ".length) ?? "");
        if (known === undefined) throw coded("test_invalid_token");
        return known;
      },
      require(p, scope) {
        if (!p.scopes.has(scope)) throw coded("test_insufficient_scope");
      },
      alive: async (p) => !gone.has(p.accountId),
    },
    tasks: {
      owner: async (id) => owners.get(id) ?? null,
      async status(id) {
        const state = states.get(id) ?? { status: "in_progress", progress: 0.25, estimatedCompletion: null };
        await beforeStatus();
        return state;
      },
      watchTokens(id, onText) {
        watchers.set(id, onText);
        if (delivered !== "") onText(0, delivered);
        return () => watchers.delete(id);
      },
    },
    nodes: {
      owner: async (id) => owners.get(id) ?? null,
      status: async () => ({ status: "online", metrics: { load: 1 } }),
    },
    network: { stats: async () => ({ activeNodes: 2, pendingTasks: 1, throughput: 3.5 }) },
    revenue: {
      current: async (id) => [{ asset: "FAR", source: "inference", amount: String(earned.get(id) ?? 0n) }],
    },
    bus,
    log: { info: () => {}, warn: () => {} },
    limits: { aliveIntervalMs: 20, statsIntervalMs: 20, ...limits },
  });
  return {
    realtime,
    bus,
    gone,
    watchers,
    states,
    earned,
    setDelivered: (text: string) => {
      delivered = text;
    },
    holdStatus: (wait: () => Promise<void>) => {
      beforeStatus = wait;
    },
  };
}

/** Collects every event of a socket, so that a test can also say what did not come. */
function record(client: Client): { event: string; body: unknown }[] {
  const seen: { event: string; body: unknown }[] = [];
  client.onAny((event: string, body: unknown) => seen.push({ event, body }));
  return seen;
}

let world: ReturnType<typeof createWorld>;
let port: number;
const clients: Client[] = [];

function open(token: unknown, options: { origin?: string; transports?: string[] } = {}): Client {
  const client: Client = connect(`http://127.0.0.1:${port}`, {
    auth: { token },
    transports: options.transports ?? ["websocket"],
    reconnection: false,
    forceNew: true,
    ...(options.origin === undefined ? {} : { extraHeaders: { origin: options.origin } }),
  });
  clients.push(client);
  return client;
}
const connected = (client: Client): Promise<Client> =>
  new Promise((resolve, reject) => {
    client.once("connect", () => resolve(client));
    client.once("connect_error", reject);
  });
const refused = (client: Client): Promise<Error & { data?: { code: string } }> =>
  new Promise((resolve, reject) => {
    client.once("connect", () => reject(new Error("it connected")));
    client.once("connect_error", resolve);
  });
type Watchable = "subscribe:inference" | "subscribe:node";
const watch = (client: Client, event: Watchable, id: string): Promise<SubscribeAck> => client.emitWithAck(event, id);
const textOf = (seen: { event: string; body: unknown }[]): string =>
  seen.flatMap((s) => (s.event === "inference:token" ? [(s.body as { text: string }).text] : [])).join("");

async function start(limits: Partial<RealtimeLimits> = {}): Promise<void> {
  world = createWorld(limits);
  port = await world.realtime.start();
}
beforeEach(() => start());
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await world.realtime.stop();
});
async function restart(limits: Partial<RealtimeLimits>): Promise<void> {
  await world.realtime.stop();
  await start(limits);
}

describe("handshake", () => {
  it.each([
    ["a missing token", undefined, "realtime_token_required"],
    ["an API key", "far_live_0123456789", "realtime_token_required"],
    ["an object", { $ne: "" }, "realtime_token_required"],
    ["a JWT of nobody", "x.y.z", "test_invalid_token"],
  ])("refuses %s with a code", async (_, token, code) => {
    const error = await refused(open(token));
    expect(error.data?.code).toBe(code);
    expect(JSON.stringify(error.data)).not.toContain("stack");
  });

  it("accepts the front end's origin and no other, over both transports", async () => {
    for (const transports of [["websocket"], ["polling"]]) {
      await connected(open("alice.is.here", { origin: FRONTEND, transports }));
      await refused(open("alice.is.here", { origin: "http://evil.test", transports }));
    }
  });

  it("bounds the sockets of one address, and counts those that left", async () => {
    await restart({ socketsPerIpMax: 2 });
    const first = await connected(open("alice.is.here"));
    await connected(open("bob.is.here"));
    await refused(open("alice.is.here"));
    first.disconnect();
    await vi.waitFor(() => expect(world.realtime.sockets()).toBe(1));
    await connected(open("alice.is.here"));
  });
});

describe("ownership", () => {
  it.each([
    ["subscribe:inference", "task_b"],
    ["subscribe:inference", "task_of_nobody"],
    ["subscribe:node", "node_b"],
  ] as const)("answers %s %s as if it did not exist, and shows nothing of it", async (event, id) => {
    const client = await connected(open("alice.is.here"));
    const seen = record(client);
    const answer = await watch(client, event, id);
    expect(answer).toMatchObject({ ok: false, error: { code: "not_found" } });
    world.bus.publish("inference:updates", { taskId: id, accountId: "bob", status: "completed" });
    world.bus.publish("node:metrics", { nodeId: id, accountId: "bob", status: "offline", metrics: {} });
    world.bus.publish("revenue:updates", { accountId: "bob" });
    // Something that does come, behind which anything earlier would have come.
    await client.emitWithAck("subscribe:network");
    expect(seen.filter((s) => s.event !== "network_stats")).toEqual([]);
    expect(world.watchers.size).toBe(0);
  });

  it.each([[""], ["x".repeat(129)], [{}], [7], [null]])("refuses %j as an id", async (id) => {
    const client = await connected(open("alice.is.here"));
    expect(await watch(client, "subscribe:inference", id as string)).toMatchObject({
      ok: false,
      error: { code: "invalid_subscription" },
    });
  });

  it("asks for the scope, the network excepted", async () => {
    const client = await connected(open("no.read.scope"));
    expect(await watch(client, "subscribe:inference", "task_a")).toMatchObject({ ok: false });
    expect(await client.emitWithAck("subscribe:revenue")).toMatchObject({ ok: false });
    expect(await client.emitWithAck("subscribe:network")).toEqual({ ok: true });
  });

  it("disconnects the sockets of a revoked session and leaves the others", async () => {
    const [alice, bob] = [await connected(open("alice.is.here")), await connected(open("bob.is.here"))];
    world.gone.add("alice");
    await vi.waitFor(() => expect(alice.connected).toBe(false));
    expect(bob.connected).toBe(true);
  });
});

describe("a task", () => {
  it("shows the present state, then what changes, then its end to the account's other sockets too", async () => {
    const client = await connected(open("alice.is.here"));
    const other = await connected(open("alice.is.here"));
    const [seen, seenByOther] = [record(client), record(other)];
    expect(await watch(client, "subscribe:inference", "task_a")).toEqual({ ok: true });
    world.states.set("task_a", { status: "pending", progress: 0.5, estimatedCompletion: null });
    world.bus.publish("inference:updates", { taskId: "task_a", accountId: "alice", status: "pending" });
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    world.states.set("task_a", { status: "failed", progress: 0.5, estimatedCompletion: null, error: "node_lost" });
    world.bus.publish("inference:updates", {
      taskId: "task_a",
      accountId: "alice",
      status: "failed",
      error: "node_lost",
    });
    await vi.waitFor(() => expect(seenByOther).toHaveLength(1));
    await vi.waitFor(() => expect(seen).toHaveLength(6));
    expect(seen.map((s) => s.body)).toEqual([
      { task_id: "task_a", status: "in_progress" },
      { task_id: "task_a", status: "in_progress", progress: 0.25, estimated_completion: null },
      { task_id: "task_a", status: "pending" },
      { task_id: "task_a", status: "pending", progress: 0.5, estimated_completion: null },
      { task_id: "task_a", status: "failed", error: "node_lost" },
      { task_id: "task_a", status: "failed", progress: 0.5, estimated_completion: null },
    ]);
    expect(seenByOther).toEqual([
      { event: "task:status", body: { task_id: "task_a", status: "failed", error: "node_lost" } },
    ]);
  });

  it("does not show a state that was overtaken while it was read", async () => {
    const client = await connected(open("alice.is.here"));
    const seen = record(client);
    const finished = { status: "completed", progress: 1, estimatedCompletion: null } as const;
    world.holdStatus(async () => {
      world.holdStatus(async () => {});
      world.states.set("task_a", finished);
      world.bus.publish("inference:updates", { taskId: "task_a", accountId: "alice", status: "completed" });
      await new Promise((resolve) => setImmediate(resolve));
    });
    await watch(client, "subscribe:inference", "task_a");
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    expect(seen.map((s) => (s.body as { status: string }).status)).toEqual(["completed", "completed"]);
  });

  it("tells how far a task is while its text comes", async () => {
    const client = await connected(open("alice.is.here"));
    const seen = record(client);
    await watch(client, "subscribe:inference", "task_a");
    world.states.set("task_a", { status: "in_progress", progress: 0.75, estimatedCompletion: null });
    world.watchers.get("task_a")?.(0, "more");
    await vi.waitFor(() => expect(seen.at(-1)?.body).toMatchObject({ status: "in_progress", progress: 0.75 }));
    expect(seen.at(-1)?.event).toBe("task_update");
  });

  it("gathers tokens: far fewer events than pieces, no text lost", async () => {
    await restart({ tokenIntervalMs: 40 });
    const client = await connected(open("alice.is.here"));
    const seen = record(client);
    await watch(client, "subscribe:inference", "task_a");
    const startMs = performance.now();
    let expected = "";
    for (let i = 0; i < 300; i++) {
      world.watchers.get("task_a")?.(0, `${i} `);
      expected += `${i} `;
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await vi.waitFor(() => expect(textOf(seen)).toBe(expected));
    const events = seen.filter((s) => s.event === "inference:token").length;
    // One at once, then at most one per interval that passed.
    expect(events).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - startMs) / 40));
  });

  it("shows a late watcher the whole text exactly once, per choice, and the rest before the end", async () => {
    world.setDelivered("Once ");
    const early = await connected(open("alice.is.here"));
    const seenEarly = record(early);
    await watch(early, "subscribe:inference", "task_a");
    const say = world.watchers.get("task_a");
    say?.(0, "upon ");
    const late = await connected(open("alice.is.here"));
    const seenLate = record(late);
    const joined = watch(late, "subscribe:inference", "task_a");
    for (const word of ["a ", "time"]) say?.(0, word);
    await joined;
    say?.(0, ".");
    world.states.set("task_a", { status: "completed", progress: 1, estimatedCompletion: null });
    world.bus.publish("inference:updates", { taskId: "task_a", accountId: "alice", status: "completed" });
    for (const seen of [seenEarly, seenLate]) {
      await vi.waitFor(() => expect(seen.at(-1)?.body).toMatchObject({ status: "completed", progress: 1 }));
      expect(textOf(seen)).toBe("Once upon a time.");
      const ended = seen.findIndex((s) => (s.body as { status?: string }).status === "completed");
      expect(seen.slice(ended).filter((s) => s.event === "inference:token")).toEqual([]);
    }
  });

  it("is watched only while somebody looks", async () => {
    expect(world.watchers.size).toBe(0);
    const [one, two] = [await connected(open("alice.is.here")), await connected(open("alice.is.here"))];
    await watch(one, "subscribe:inference", "task_a");
    await watch(two, "subscribe:inference", "task_a");
    one.disconnect();
    await vi.waitFor(() => expect(world.realtime.sockets()).toBe(1));
    expect([...world.watchers.keys()]).toEqual(["task_a"]);
    two.disconnect();
    await vi.waitFor(() => expect(world.watchers.size).toBe(0));
  });
});

describe("nodes, revenue, network", () => {
  it("shows a node's state under each of its event names", async () => {
    const client = await connected(open("alice.is.here"));
    const seen = record(client);
    await watch(client, "subscribe:node", "node_a");
    world.bus.publish("node:metrics", {
      nodeId: "node_a",
      accountId: "alice",
      status: "maintenance",
      metrics: { load: 2 },
    });
    await vi.waitFor(() => expect(seen).toHaveLength(6));
    expect(seen.slice(3)).toEqual([
      { event: "node:status", body: { node_id: "node_a", status: "maintenance" } },
      { event: "node:metrics", body: { node_id: "node_a", metrics: { load: 2 } } },
      { event: "node_status", body: { node_id: "node_a", status: "maintenance", performance_metrics: { load: 2 } } },
    ]);
  });

  it("sums revenue: a thousand earnings are a few events, the last one right", async () => {
    const client = await connected(open("alice.is.here"));
    const seen = record(client);
    await client.emitWithAck("subscribe:revenue");
    expect(seen.map((s) => s.body)).toEqual([{ account: "alice", asset: "FAR", source: "inference", amount: "100" }]);
    for (let i = 0; i < 1_000; i++) {
      world.earned.set("alice", 101n + BigInt(i));
      world.bus.publish("revenue:updates", { accountId: "alice" });
    }
    await vi.waitFor(() => expect(seen.at(-1)?.body).toMatchObject({ amount: "1100" }));
    expect(seen.length).toBeLessThan(50);
  });

  it("repeats network stats to whoever asked", async () => {
    const client = await connected(open("alice.is.here"));
    const seen = record(client);
    await client.emitWithAck("subscribe:network");
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(1));
    expect(seen[0]).toEqual({ event: "network_stats", body: { active_nodes: 2, pending_tasks: 1, throughput: 3.5 } });
  });
});

describe("bounds", () => {
  it("refuses more rooms than one socket may have", async () => {
    await restart({ subscriptionsMax: 1 });
    const client = await connected(open("alice.is.here"));
    expect(await watch(client, "subscribe:inference", "task_a")).toEqual({ ok: true });
    expect(await watch(client, "subscribe:node", "node_a")).toMatchObject({
      ok: false,
      error: { code: "too_many_subscriptions" },
    });
  });

  it("disconnects a socket that talks without end, and one that sends a large message", async () => {
    const [chatty, large, quiet] = await Promise.all([1, 2, 3].map(() => connected(open("alice.is.here"))));
    for (let i = 0; i < 200; i++) chatty?.emit("subscribe:network");
    large?.emit("subscribe:inference", "x".repeat(20_000));
    await vi.waitFor(() => expect([chatty?.connected, large?.connected]).toEqual([false, false]));
    expect(quiet?.connected).toBe(true);
  });

  it("disconnects a reader whose queue grows beyond the bound", async () => {
    await restart({ backlogMax: 50, tokenIntervalMs: 0 });
    // Over polling nothing is taken while the client does not ask, as with a stalled network.
    const client = await connected(open("alice.is.here", { transports: ["polling"] }));
    await watch(client, "subscribe:inference", "task_a");
    const update = { taskId: "task_a", accountId: "alice", status: "pending" } as const;
    for (let i = 0; i < 500; i++) world.bus.publish("inference:updates", update);
    await vi.waitFor(() => expect(world.realtime.sockets()).toBe(0));
  });

  it("survives ids and acknowledgements of the wrong shape", async () => {
    const client = await connected(open("alice.is.here"));
    const raw = client as unknown as { emit(event: string, ...args: unknown[]): void };
    raw.emit("subscribe:inference");
    raw.emit("subscribe:inference", "task_a", "not a function");
    raw.emit("subscribe:revenue", { not: "a function" });
    raw.emit("no such event", 1, 2, 3);
    expect(await client.emitWithAck("subscribe:network")).toEqual({ ok: true });
  });
});
