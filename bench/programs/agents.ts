/**
 * Simulated agents, all in one process of their own, each on its own WebSocket and with its own key, speaking the agents' protocol.
 * They compute nothing: the answer is the one every upstream of the benchmark gives. Argument: a JSON of {@link AgentsJob}.
 */
import { type AgentFrame, type AssignFrame, helloMessage, PROTOCOL_VERSION, type ServerFrame } from "@farlabs/protocol";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { WebSocket } from "ws";
import { ANSWER, DELTA_INTERVAL_MS, DELTAS, deltaText, MAX_TOKENS, MODEL, USAGE } from "../answer.ts";

export interface AgentsJob {
  url: string;
  joinToken: string;
  agents: number;
  slotsEach: number;
}

const job = JSON.parse(process.argv[2] ?? "") as AgentsJob;
const usage = { promptTokens: USAGE.prompt_tokens, completionTokens: USAGE.completion_tokens };
const capabilities = {
  machine: { gpuModel: "simulated", vramGb: 0, cpu: "simulated", cores: 1, memoryGb: 0 },
  engines: [
    {
      name: "simulated",
      kind: "openai" as const,
      models: [
        {
          id: MODEL,
          slots: job.slotsEach,
          contextTokens: 8_192,
          kinds: ["chat" as const],
          continuation: "none" as const,
          features: { tools: false, json: false, logprobs: false },
          tokensPerSecond: 1_000,
        },
      ],
    },
  ],
};

interface Streaming {
  ref: { taskId: string; attempt: number };
  seq: number;
}

/** One agent: joins, then answers every assignment. Resolves once welcomed. */
function runAgent(): Promise<void> {
  const account = privateKeyToAccount(generatePrivateKey());
  const socket = new WebSocket(`${job.url}/nodelink`, { perMessageDeflate: false });
  const streams = new Set<Streaming>();
  let timer: NodeJS.Timeout | undefined;
  const send = (frames: readonly AgentFrame[]): void => socket.send(JSON.stringify(frames));

  async function hello(challenge: Extract<ServerFrame, { type: "challenge" }>): Promise<void> {
    const { network, nonce } = challenge;
    const { joinToken } = job;
    const signature = await account.signMessage({
      message: helloMessage({ network, nonce, joinToken, nodeKey: account.address }),
    });
    send([
      {
        type: "hello",
        protocol: PROTOCOL_VERSION,
        version: "bench",
        joinToken,
        nodeKey: account.address,
        signature,
        running: [],
        capabilities,
      },
    ]);
  }
  function answer({ taskId, attempt, request }: AssignFrame): void {
    const ref = { taskId, attempt };
    if ((request.max_tokens ?? 0) > MAX_TOKENS) {
      streams.add({ ref, seq: 0 });
      timer ??= setInterval(tick, DELTA_INTERVAL_MS);
      send([{ type: "accept", ...ref }]);
      return;
    }
    send([
      { type: "accept", ...ref },
      { type: "chunk", ...ref, seq: 0, index: 0, delta: { content: ANSWER } },
      { type: "result", ...ref, chunks: 1, usage, finishReasons: ["stop"] },
    ]);
  }
  /** The next delta of every stream of this agent, as one message. */
  function tick(): void {
    const frames: AgentFrame[] = [];
    for (const stream of streams) {
      frames.push({
        type: "chunk",
        ...stream.ref,
        seq: stream.seq,
        index: 0,
        delta: { content: deltaText(stream.seq) },
      });
      stream.seq++;
      if (stream.seq < DELTAS) continue;
      const counted = { promptTokens: usage.promptTokens, completionTokens: DELTAS };
      frames.push({ type: "result", ...stream.ref, chunks: DELTAS, usage: counted, finishReasons: ["stop"] });
      streams.delete(stream);
    }
    if (frames.length > 0) send(frames);
    if (streams.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }
  function onFrame(frame: ServerFrame, welcomed: () => void): void {
    switch (frame.type) {
      case "challenge":
        void hello(frame);
        return;
      case "welcome":
        setInterval(() => send([{ type: "heartbeat", slots: [], telemetry: {} }]), frame.heartbeatMs);
        welcomed();
        return;
      case "assign":
        answer(frame);
        return;
      case "cancel":
        for (const stream of streams) if (stream.ref.taskId === frame.taskId) streams.delete(stream);
        return;
      case "drain":
      case "rooted":
        return;
      case "bye":
        throw new Error(`an agent was sent away: ${frame.code}, ${frame.message}`);
      default:
        frame satisfies never;
    }
  }

  return new Promise((resolve, reject) => {
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ServerFrame | ServerFrame[];
      for (const frame of Array.isArray(message) ? message : [message]) onFrame(frame, resolve);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("an agent's connection was closed")));
  });
}

process.on("disconnect", () => process.exit());
await Promise.all(Array.from({ length: job.agents }, runAgent));
process.send?.({ ready: true });
