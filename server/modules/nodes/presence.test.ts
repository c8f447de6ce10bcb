import type { Capabilities } from "@farlabs/protocol";
import { expect, test } from "vitest";
import { noLog } from "#platform/log";
import { createLiveNode } from "./liveNode.ts";
import type { NodeLink } from "./nodes.ts";
import { createPresence } from "./presence.ts";

const link: NodeLink = { send: () => undefined, close: () => undefined, backlogBytes: () => 0 };
const capabilities = (models: readonly string[], slots: number): Capabilities => ({
  machine: { gpuModel: "g", vramGb: 8, cpu: "c", cores: 1, memoryGb: 1 },
  engines: [
    {
      name: "e",
      kind: "openai",
      models: models.map((id) => ({
        id,
        slots,
        contextTokens: 100,
        kinds: ["chat"],
        continuation: "none",
        features: { tools: false, json: false, logprobs: false },
      })),
    },
  ],
});

function setup() {
  let nowMs = 0;
  const presence = createPresence({ now: () => nowMs, monotonic: () => nowMs }, noLog);
  const node = createLiveNode({
    nodeId: "node_1",
    ownerAccount: "acct_1",
    ownerWallet: "0x0",
    joinTokenId: "jt_1",
    capabilities: capabilities([], 1),
    score: 80,
    connectedAtMs: 0,
  });
  const events: string[] = [];
  presence.on((event) => events.push(event));
  presence.add(node);
  presence.resume(node, link);
  return {
    presence,
    node,
    events,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}
const allow = (...ids: string[]): Set<string> => new Set(ids);

test("a slot taken before the offer changed comes back after it", () => {
  const { presence, node } = setup();
  presence.setOffers(node, capabilities(["m"], 4), allow("m"));
  const held = node.offers.get("m");
  if (held === undefined) throw new Error("not offered");
  held.inFlight += 1;
  presence.setOffers(node, capabilities(["m"], 2), allow("m"));
  held.inFlight -= 1;
  expect(node.offers.get("m")).toMatchObject({ inFlight: 0, offer: { slots: 2 } });
});

test("only allowed models of connected nodes are served", () => {
  const { presence, node } = setup();
  presence.setOffers(node, capabilities(["m", "secret"], 1), allow("m"));
  expect([presence.serving("m").length, presence.serving("secret").length]).toEqual([1, 0]);
  presence.disconnected(node, link);
  expect(presence.serving("m").length).toBe(0);
  presence.resume(node, link);
  expect(presence.serving("m").length).toBe(1);
});

test("a node that is silent for 30 s is gone", () => {
  const { presence, node, events, pass } = setup();
  pass(30_000);
  presence.sweep();
  expect(presence.nodes.size).toBe(1);
  pass(1);
  presence.sweep();
  expect(presence.nodes.size).toBe(0);
  expect(events).toContain("gone");
  expect(node.link).toBeNull();
});

test("rare breaches are forgiven, a minute each", () => {
  const { presence, node, pass } = setup();
  for (let minute = 0; minute < 60; minute++) {
    presence.violation(node, "a slip");
    pass(60_000);
    node.lastSeenMs += 60_000;
    presence.sweep();
  }
  expect(node.violations).toBeLessThanOrEqual(1);
  expect(node.link).not.toBeNull();
});

test("the close of a replaced socket does not take the new one down", () => {
  const { presence, node } = setup();
  const second = { ...link };
  presence.resume(node, second);
  presence.disconnected(node, link);
  expect(node.link).toBe(second);
});

test("a listener that throws harms neither the others nor who told", () => {
  const { presence, events } = setup();
  presence.on(() => {
    throw new Error("a bug");
  });
  const heard: string[] = [];
  presence.on((event) => heard.push(event));
  const [node] = presence.nodes.values();
  if (node === undefined) throw new Error("setup adds a node");
  expect(() => presence.emit("changed", node)).not.toThrow();
  expect([events, heard]).toEqual([["changed"], ["changed"]]);
});
