import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type RootFrame, type ServerFrame, serverFrame } from "@farlabs/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "#kernel";
import type { LiveNode, Nodes } from "#nodes";
import { noLog } from "#platform/log";
import { type BoundNode, createNodelink } from "./nodelink.ts";

const session = { key: `0x${"3".repeat(40)}`, validFrom: 1, signature: `0x${"4".repeat(130)}` };
const hello = {
  ...{ type: "hello", protocol: 1, version: "1.0.0", joinToken: "far_join_x", running: [] },
  ...{ nodeKey: `0x${"A".repeat(40)}`, signature: `0x${"2".repeat(130)}` },
  capabilities: { machine: { gpuModel: "CPU", vramGb: 8, cpu: "CPU", cores: 2, memoryGb: 8 }, engines: [] },
};
const root = (byte: string): RootFrame => ({
  ...{ type: "root", root: `0x${byte.repeat(32)}`, at: 1_000, signature: `0x${"5".repeat(130)}` },
  leaves: [{ taskId: "task_1", attempt: 1, outputHash: `0x${"6".repeat(64)}`, tokens: 3 }],
});

let http: Server;
let nodelink: ReturnType<typeof createNodelink>;
let socket: WebSocket;
let said: ServerFrame[];
let violations: string[];
let isBound: (bound: BoundNode) => Promise<boolean>;
let keep: (bound: BoundNode, frame: RootFrame) => Promise<boolean>;

beforeEach(async () => {
  said = [];
  violations = [];
  isBound = async () => true;
  keep = async () => true;
  const node = { nodeId: "node_1", link: null } as unknown as LiveNode;
  const nodes: Pick<Nodes, "hello" | "disconnected" | "violation"> = {
    async hello({ link, welcome }) {
      node.link = link;
      welcome?.(node);
      return node;
    },
    disconnected: () => undefined,
    violation: (_, kind) => void violations.push(kind),
  };
  nodelink = createNodelink({
    nodes: nodes as Nodes,
    frames: { onFrame: () => true, resumable: () => [] },
    statements: { nodeSession: (bound) => isBound(bound), nodeRoot: (bound, frame) => keep(bound, frame) },
    ...{ chainId: 31_337, clock: systemClock, log: noLog },
    config: { NETWORK_NAME: "far-local", NODELINK_SOCKETS_PER_IP_MAX: 4 },
  });
  http = createServer();
  nodelink.attach(http);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
});
afterEach(async () => {
  socket.terminate();
  await nodelink.close();
  http.close();
});

async function join(greeting: object): Promise<void> {
  socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/nodelink`);
  socket.on("message", (data) => {
    const frames = [JSON.parse(String(data)) as unknown].flat();
    for (const frame of frames) said.push(serverFrame.parse(frame));
    if (said.at(-1)?.type === "challenge") socket.send(JSON.stringify(greeting));
  });
  await vi.waitUntil(() => said.some((frame) => frame.type === "welcome"));
}
const say = (frame: unknown): void => socket.send(JSON.stringify(frame));

it("hands a root on with the session that the hello bound, and acknowledges what is kept", async () => {
  const heard: [BoundNode, RootFrame][] = [];
  keep = async (bound, frame) => heard.push([bound, frame]) > 0;
  await join({ ...hello, session });
  expect(said[0]).toMatchObject({ type: "challenge", chainId: 31_337 });
  say(root("ab"));
  await vi.waitUntil(() => said.at(-1)?.type === "rooted");
  expect(said.at(-1)).toEqual({ type: "rooted", root: `0x${"ab".repeat(32)}` });
  expect(heard).toEqual([
    [{ nodeId: "node_1", nodeKey: `0x${"a".repeat(40)}`, network: "far-local", session }, root("ab")],
  ]);
  expect(violations).toEqual([]);
});

it("acknowledges nothing that could not be stored, and blames nobody for it", async () => {
  const lost = root("ab");
  keep = async (_, frame) => {
    if (frame.root === lost.root) throw new Error("the database is away");
    return true;
  };
  await join({ ...hello, session });
  say(lost);
  say(root("cd"));
  await vi.waitUntil(() => said.at(-1)?.type === "rooted");
  expect(said.filter((frame) => frame.type === "rooted")).toHaveLength(1);
  expect(violations).toEqual([]);
});

it.each([
  ["a root without a session", hello, { bound: true, signed: true }, "root without a bound session key"],
  ["a session that is not the node's", { ...hello, session }, { bound: false, signed: true }, "did not bind"],
  ["a root of another key", { ...hello, session }, { bound: true, signed: false }, "did not sign"],
])("notes %s against the node", async (_, greeting, { bound, signed }, noted) => {
  isBound = async () => bound;
  keep = async () => signed;
  await join(greeting);
  say(root("ab"));
  await vi.waitUntil(() => violations.some((kind) => kind.includes(noted)));
  expect(said.some((frame) => frame.type === "rooted")).toBe(false);
});

it("checks at most a few signatures at once, and one a second", async () => {
  let checked = 0;
  keep = async () => ++checked > 0;
  await join({ ...hello, session });
  say(Array.from({ length: 50 }, (_, i) => root(i.toString(16).padStart(2, "0"))));
  await vi.waitUntil(() => violations.length >= 40);
  expect(checked).toBeLessThanOrEqual(7);
  expect(new Set(violations)).toEqual(new Set(["too many roots"]));
});

it.each([
  ["no leaf", { leaves: [] }],
  ["too many leaves", { leaves: Array.from({ length: 1_025 }, () => root("ab").leaves[0]) }],
  ["a hash in upper case", { root: `0x${"AB".repeat(32)}` }],
  ["half a signature", { signature: `0x${"5".repeat(64)}` }],
  ["a time before the first", { at: -1 }],
])("refuses a root of %s", async (_, change) => {
  await join({ ...hello, session });
  say({ ...root("ab"), ...change });
  await vi.waitUntil(() => violations.length > 0);
  expect(violations[0]).toContain("invalid frame");
});
