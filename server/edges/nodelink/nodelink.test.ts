import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerFrame } from "@farlabs/protocol";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "#kernel";
import type { LiveNode, Nodes } from "#nodes";
import { createLog } from "#platform/log";
import { createNodelink, type NodeFrames } from "./nodelink.ts";

const hello = {
  type: "hello",
  protocol: 1,
  version: "1.0.0",
  joinToken: "far_join_x",
  nodeKey: `0x${"1".repeat(40)}`,
  signature: `0x${"2".repeat(130)}`,
  capabilities: { machine: { gpuModel: "CPU", vramGb: 8, cpu: "CPU", cores: 2, memoryGb: 8 }, engines: [] },
  running: [],
};

it("welcomes a node before anything else is said to it, whatever its return sets off", async () => {
  const node = { nodeId: "node_1", link: null } as unknown as LiveNode;
  const nodes: Pick<Nodes, "hello" | "disconnected" | "heartbeat"> = {
    async hello({ link, welcome }) {
      node.link = link;
      welcome?.(node);
      return node;
    },
    disconnected: () => undefined,
    heartbeat: () => undefined,
  };
  // What the runner does for attempts that a restarted agent no longer has: takes them back, and may give them to it anew.
  const frames: NodeFrames = {
    onFrame: () => true,
    resumable: ({ link }) => {
      link?.send({ type: "cancel", taskId: "task_1", attempt: 1 });
      return [];
    },
  };
  const nodelink = createNodelink({
    nodes: nodes as Nodes,
    frames,
    statements: { nodeSession: async () => true, nodeRoot: async () => true },
    chainId: 31_337,
    config: { NETWORK_NAME: "far-local", NODELINK_SOCKETS_PER_IP_MAX: 4 },
    clock: systemClock,
    log: createLog({ service: "test", level: "error" }),
  });
  const http = createServer();
  nodelink.attach(http);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/nodelink`);
  const said: string[] = [];
  try {
    await new Promise<void>((resolve) => {
      socket.on("message", (data) => {
        for (const frame of [JSON.parse(String(data)) as ServerFrame | ServerFrame[]].flat()) {
          said.push(frame.type);
          if (frame.type === "challenge") socket.send(JSON.stringify(hello));
        }
        if (said.length >= 3) resolve();
      });
      socket.on("close", () => resolve());
    });
  } finally {
    socket.terminate();
    await nodelink.close();
    http.close();
  }
  expect(said).toEqual(["challenge", "welcome", "cancel"]);
});
