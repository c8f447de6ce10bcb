/** A node without an agent: a bare WebSocket that says what a test wants it to say, in good faith or not. */
import {
  type AgentFrame,
  type AssignFrame,
  type Capabilities,
  helloMessage,
  type ModelOffer,
  type ServerFrame,
} from "@farlabs/protocol";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { WebSocket } from "ws";

type Frame<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

export const offer = (id: string, more: Partial<ModelOffer> = {}): ModelOffer => ({
  id,
  slots: 64,
  contextTokens: 4_096,
  kinds: ["chat", "completion", "embedding"],
  continuation: "text",
  features: { tools: true, json: true, logprobs: true },
  ...more,
});

export const capabilities = (
  models: readonly ModelOffer[],
  machine: Partial<Capabilities["machine"]> = {},
): Capabilities => ({
  machine: { gpuModel: "none", vramGb: 0, cpu: "test", cores: 1, memoryGb: 1, ...machine },
  engines: [{ name: "raw", kind: "openai", models: [...models] }],
});

export interface Closed {
  code: number;
  bye: Frame<"bye"> | null;
}

/** One socket. Frames arrive in `frames`, in order; `assigned` gets each assignment. */
export interface RawSocket {
  ws: WebSocket;
  frames: ServerFrame[];
  closed: Promise<Closed>;
  /** Waits for the first frame of a type, past or to come. Rejects when the socket closes before it. */
  next<T extends ServerFrame["type"]>(type: T): Promise<Frame<T>>;
  send(frame: AgentFrame): void;
  onAssign: (frame: AssignFrame) => void;
  onCancel: (frame: Frame<"cancel">) => void;
}

export function dial(networkUrl: string): RawSocket {
  const ws = new WebSocket(`${networkUrl.replace(/^http/, "ws")}/nodelink`, {
    perMessageDeflate: false,
    maxPayload: 16 * 1_048_576,
  });
  const waiting: { type: string; resolve: (frame: never) => void; reject: (error: Error) => void }[] = [];
  const closed = Promise.withResolvers<Closed>();
  const socket: RawSocket = {
    ws,
    frames: [],
    closed: closed.promise,
    next(type) {
      const known = socket.frames.find((f) => f.type === type);
      if (known !== undefined) return Promise.resolve(known as never);
      if (ws.readyState > WebSocket.OPEN) return Promise.reject(new Error(`closed before ${type}`));
      return new Promise((resolve, reject) => waiting.push({ type, resolve, reject }));
    },
    send: (frame) => ws.send(JSON.stringify(frame)),
    onAssign: () => undefined,
    onCancel: () => undefined,
  };
  ws.on("message", (data) => {
    const body = JSON.parse(String(data)) as ServerFrame | ServerFrame[];
    for (const frame of Array.isArray(body) ? body : [body]) {
      socket.frames.push(frame);
      for (const w of waiting.filter((one) => one.type === frame.type)) {
        waiting.splice(waiting.indexOf(w), 1);
        w.resolve(frame as never);
      }
      if (frame.type === "assign") socket.onAssign(frame);
      if (frame.type === "cancel") socket.onCancel(frame);
    }
  });
  ws.on("error", () => undefined);
  ws.on("close", (code) => {
    for (const { reject, type } of waiting) reject(new Error(`closed (${code}) before ${type}`));
    closed.resolve({ code, bye: (socket.frames.find((f) => f.type === "bye") as Frame<"bye"> | undefined) ?? null });
  });
  return socket;
}

export interface JoinOptions {
  token: string;
  models: readonly ModelOffer[];
  key?: PrivateKeyAccount;
  machine?: Partial<Capabilities["machine"]>;
  ownerWallet?: string;
  running?: { taskId: string; attempt: number }[];
  /** Changes the hello before it is sent. */
  forge?: (hello: Extract<AgentFrame, { type: "hello" }>) => unknown;
}

/** Answers the challenge as an agent does. */
export async function sayHello(socket: RawSocket, options: JoinOptions): Promise<void> {
  const { nonce, network, protocol } = await socket.next("challenge");
  const key = options.key ?? privateKeyToAccount(generatePrivateKey());
  const signature = await key.signMessage({
    message: helloMessage({ network, nonce, joinToken: options.token, nodeKey: key.address }),
  });
  const hello: Extract<AgentFrame, { type: "hello" }> = {
    type: "hello",
    protocol,
    version: "0.0.0",
    joinToken: options.token,
    nodeKey: key.address,
    signature,
    running: options.running ?? [],
    capabilities: capabilities(options.models, options.machine),
    ...(options.ownerWallet === undefined ? {} : { ownerWallet: options.ownerWallet }),
  };
  socket.ws.send(JSON.stringify(options.forge?.(hello) ?? hello));
}

export async function join(networkUrl: string, options: JoinOptions): Promise<RawSocket & { nodeId: string }> {
  const socket = dial(networkUrl);
  await sayHello(socket, options);
  const { nodeId } = await socket.next("welcome");
  return Object.assign(socket, { nodeId });
}

/** Frames of an attempt, numbered in good faith. */
export function attemptOf(socket: RawSocket, { taskId, attempt }: { taskId: string; attempt: number }) {
  let seq = 0;
  const ref = { taskId, attempt };
  return {
    ref,
    accept: () => socket.send({ type: "accept", ...ref }),
    say: (content: string) => socket.send({ type: "chunk", ...ref, seq: seq++, index: 0, delta: { content } }),
    chunk: (more: Partial<Extract<AgentFrame, { type: "chunk" }>>) =>
      socket.send({ type: "chunk", ...ref, seq: seq++, index: 0, delta: {}, ...more }),
    result: (more: Partial<Extract<AgentFrame, { type: "result" }>> = {}) =>
      socket.send({
        type: "result",
        ...ref,
        chunks: seq,
        usage: { promptTokens: 1, completionTokens: 1 },
        finishReasons: ["stop"],
        ...more,
      }),
    fail: (code: Extract<AgentFrame, { type: "fail" }>["code"], message: string) =>
      socket.send({ type: "fail", ...ref, code, message }),
  };
}
export type Attempt = ReturnType<typeof attemptOf>;

/** Answers everything with the same words, one chunk each. */
export function serveHonestly(socket: RawSocket, words: readonly string[]): void {
  socket.onAssign = (frame) => {
    const a = attemptOf(socket, frame);
    a.accept();
    for (const word of words) a.say(word);
    // More than the network believes of so few bytes, and too few for it to measure a speed, which would change who is asked next.
    a.result({ usage: { promptTokens: 1_000_000, completionTokens: 7 } });
  };
}
