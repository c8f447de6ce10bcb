/**
 * The network's end of the nodelink, for tests: speaks the protocol to the letter, checks every frame an agent sends, and does on
 * command what real networks do to agents — cut lines, go silent, refuse.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type AgentFrame, type AssignFrame, agentFrame, helloMessage, type ServerFrame } from "@farlabs/protocol";
import { verifyMessage } from "viem";
import { type WebSocket, WebSocketServer } from "ws";

type FrameOf<T extends AgentFrame["type"]> = Extract<AgentFrame, { type: T }>;
type Resume = Extract<ServerFrame, { type: "welcome" }>["resume"];

export interface FakeNetworkOptions {
  /** Answers to `hello`; default: a welcome that resumes nothing. */
  onHello?: (hello: FrameOf<"hello">, connection: number) => ServerFrame[];
  heartbeatMs?: number;
  /** Send nothing at all, not even the challenge. */
  silent?: boolean;
  protocol?: number;
}
export interface FakeNetwork {
  readonly url: string;
  readonly frames: AgentFrame[];
  /** Frames that do not fit the schema, and signatures that do not verify. */
  readonly violations: string[];
  readonly messages: { frames: number; bytes: number }[];
  connections(): number;
  send(...frames: ServerFrame[]): void;
  sendRaw(data: string | Buffer): void;
  /** The next frame of a type that `match` accepts, those already here included; each is given out once. */
  next<T extends AgentFrame["type"]>(type: T, match?: (frame: FrameOf<T>) => boolean): Promise<FrameOf<T>>;
  /** Cuts the line without a goodbye. */
  cut(): void;
  /** Stops reading, so that the agent's socket fills up. */
  pauseReading(): void;
  resumeReading(): void;
  close(): Promise<void>;
}

export const assignFrame = (
  taskId: string,
  attempt = 1,
  request: Partial<AssignFrame["request"]> = {},
): AssignFrame => ({
  type: "assign",
  taskId,
  attempt,
  kind: "chat",
  request: { model: "m", messages: [{ role: "user", content: "Hi" }], ...request },
});
export const welcome = (resume: Resume = [], heartbeatMs = 10_000): ServerFrame => ({
  type: "welcome",
  nodeId: "node_1",
  heartbeatMs,
  resume,
});

/** Listens on a random port of the loopback. */
export async function startFakeNetwork(options: FakeNetworkOptions = {}): Promise<FakeNetwork> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    path: "/nodelink",
    maxPayload: 1_048_576,
    perMessageDeflate: false,
  });
  await once(server, "listening");
  const frames: AgentFrame[] = [];
  const given = new Set<AgentFrame>();
  const violations: string[] = [];
  const messages: FakeNetwork["messages"] = [];
  const waiters = new Set<() => void>();
  let current: WebSocket | undefined;
  let connections = 0;

  const send = (...out: ServerFrame[]) => current?.send(JSON.stringify(out.length === 1 ? out[0] : out));
  async function take(value: unknown, nonce: string, connection: number): Promise<void> {
    const parsed = agentFrame.safeParse(value);
    if (!parsed.success) {
      violations.push(`${JSON.stringify(value).slice(0, 200)}: ${parsed.error.message}`);
      return;
    }
    const frame = parsed.data;
    if (frame.type === "hello") {
      const message = helloMessage({ network: "test", nonce, joinToken: frame.joinToken, nodeKey: frame.nodeKey });
      const ok = await verifyMessage({
        address: frame.nodeKey as `0x${string}`,
        message,
        signature: frame.signature as `0x${string}`,
      });
      if (!ok) violations.push("the hello's signature does not verify");
      send(...(options.onHello?.(frame, connection) ?? [welcome([], options.heartbeatMs)]));
    }
    frames.push(frame);
    for (const wake of [...waiters]) wake();
  }
  server.on("connection", (socket) => {
    current = socket;
    connections += 1;
    const connection = connections;
    const nonce = `nonce-${connection}`;
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      const text = data.toString();
      const body: unknown = JSON.parse(text);
      const items = Array.isArray(body) ? body : [body];
      messages.push({ frames: items.length, bytes: text.length });
      for (const item of items) void take(item, nonce, connection);
    });
    if (!options.silent)
      socket.send(
        JSON.stringify({ type: "challenge", protocol: options.protocol ?? 1, nonce, network: "test", chainId: 31_337 }),
      );
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    frames,
    violations,
    messages,
    connections: () => connections,
    send,
    sendRaw: (data) => current?.send(data),
    next: (type, match = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          const frame = frames.find(
            (f): f is FrameOf<typeof type> => f.type === type && !given.has(f) && match(f as FrameOf<typeof type>),
          );
          if (!frame) return;
          waiters.delete(look);
          given.add(frame);
          resolve(frame);
        };
        waiters.add(look);
        look();
      }),
    cut: () => current?.terminate(),
    pauseReading: () => current?.pause(),
    resumeReading: () => current?.resume(),
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
