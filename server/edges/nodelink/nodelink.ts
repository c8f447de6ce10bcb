import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { FRAME_BYTES_MAX, type NodeSession, type RootFrame } from "@farlabs/protocol";
import { WebSocketServer } from "ws";
import type { Clock } from "#kernel";
import type { LiveNode, Nodes } from "#nodes";
import type { Logger } from "#platform/log";
import type { NodelinkConfig } from "./config.ts";
import { type AttemptFrame, serveSocket } from "./socket.ts";

/** What nodelink hands on: everything about attempts. */
export interface NodeFrames {
  /** @returns false for a frame of a task that is not, or no longer, known */
  onFrame(node: LiveNode, frame: AttemptFrame): boolean;
  /** Of the attempts whose chunks the agent holds, those the network still waits for, for `welcome.resume`; the node's others are lost. */
  resumable(
    node: LiveNode,
    held: readonly { taskId: string; attempt: number }[],
  ): { taskId: string; attempt: number; nextSeq: number }[];
}

/** A node, and the key that signs for it. */
export interface BoundNode {
  nodeId: string;
  /** Lower-case address. */
  nodeKey: string;
  network: string;
  session: NodeSession;
}

/** What nodes sign of the work they finished. */
export interface NodeStatements {
  /** Whether the node's own key bound its session key, for this network. */
  nodeSession(bound: BoundNode): Promise<boolean>;
  /** Keeps what a node signed. @returns false for what its session key did not sign */
  nodeRoot(bound: BoundNode, frame: RootFrame): Promise<boolean>;
}

export interface NodelinkDeps {
  nodes: Nodes;
  frames: NodeFrames;
  statements: NodeStatements;
  /** Of the chain that the network settles on. */
  chainId: number;
  config: NodelinkConfig;
  clock: Clock;
  log: Logger;
}

const CLOSE_MS = 1_000;

/** The agents' WebSocket at `/nodelink`, attached to an HTTP server that others may share. */
export function createNodelink(deps: NodelinkDeps) {
  // Compression off: a frame of 1 MiB could otherwise unpack to a gigabyte.
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false });
  const perIp = new Map<string, number>();

  function upgrade(request: import("node:http").IncomingMessage, socket: Duplex, head: Buffer): void {
    // Node takes its own listener off; without one a reset of this socket would end the process.
    socket.on("error", () => socket.destroy());
    const path = request.url?.split("?", 1)[0];
    if (path !== "/nodelink") {
      socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const ip = request.socket.remoteAddress ?? "";
    const held = perIp.get(ip) ?? 0;
    if (held >= deps.config.NODELINK_SOCKETS_PER_IP_MAX) {
      socket.end("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nConnection: close\r\n\r\n");
      return;
    }
    perIp.set(ip, held + 1);
    socket.once("close", () => {
      const left = (perIp.get(ip) ?? 1) - 1;
      if (left <= 0) perIp.delete(ip);
      else perIp.set(ip, left);
    });
    server.handleUpgrade(request, socket, head, (ws) => serveSocket(ws, { ...deps, address: ip }));
  }

  return {
    attach(http: Server): void {
      http.on("upgrade", upgrade);
    },
    /** Closes every socket; a peer that does not close its side within a second is cut. */
    async close(): Promise<void> {
      for (const ws of server.clients) ws.close(1001, "shutdown");
      for (let waitedMs = 0; server.clients.size > 0 && waitedMs < CLOSE_MS; waitedMs += 20)
        await new Promise((resolve) => setTimeout(resolve, 20));
      for (const ws of server.clients) ws.terminate();
      server.close();
    },
    sockets: () => server.clients.size,
  };
}
