import { type AgentFrame, agentFrame, FRAMES_PER_MESSAGE_MAX, HEARTBEAT_MS, PROTOCOL_VERSION, type ServerFrame } from "@farlabs/protocol";
import type { WebSocket } from "ws";
import { isFarError, newSecret, unreachable } from "#kernel";
import type { HelloFrame, LiveNode, NodeLink } from "#nodes";
import type { NodelinkDeps } from "./nodelink.ts";

export type AttemptFrame = Extract<AgentFrame, { type: "accept" | "refuse" | "chunk" | "result" | "fail" }>;

const HELLO_MS = 10_000;
/** Bytes a slow node may leave unread before it is cut off. */
const BACKLOG_BYTES_MAX = 16 * 1_048_576;

/**
 * One agent's socket. States: challenged → (valid `hello`) → joined → closed. Before `joined` only `hello` is heard, once.
 * Frames of one turn of the event loop leave as one message.
 */
export function serveSocket(ws: WebSocket, deps: NodelinkDeps): void {
  const { nodes, frames, config, clock, log } = deps;
  const nonce = newSecret(32);
  let node: LiveNode | null = null;
  let greeting = false;
  let outbox: string[] = [];

  function flush(): void {
    const out = outbox;
    outbox = [];
    if (ws.readyState !== ws.OPEN || out.length === 0) return;
    for (let i = 0; i < out.length; i += FRAMES_PER_MESSAGE_MAX) {
      const part = out.slice(i, i + FRAMES_PER_MESSAGE_MAX);
      ws.send(part.length === 1 && part[0] !== undefined ? part[0] : `[${part.join(",")}]`);
    }
    if (ws.bufferedAmount > BACKLOG_BYTES_MAX) ws.terminate();
  }
  function send(frame: ServerFrame): void {
    if (outbox.length === 0) setImmediate(flush);
    outbox.push(JSON.stringify(frame));
  }
  const link: NodeLink = {
    send,
    close(code, message, retry) {
      send({ type: "bye", code, message, retry });
      flush();
      ws.close(1000, code);
    },
    backlogBytes: () => ws.bufferedAmount,
  };

  async function greet(frame: HelloFrame): Promise<void> {
    if (greeting) return link.close("hello_twice", "Only one hello is heard.", false);
    greeting = true;
    try {
      const joined = await nodes.hello({ nonce, network: config.NETWORK_NAME, frame, link });
      if (ws.readyState !== ws.OPEN) return nodes.disconnected(joined, link);
      node = joined;
      clearTimeout(deadline);
      send({ type: "welcome", nodeId: joined.nodeId, heartbeatMs: HEARTBEAT_MS, resume: frames.resumable(joined, frame.running) });
    } catch (error) {
      if (!isFarError(error)) log.error("hello failed", { error: error });
      const known = isFarError(error) ? error : null;
      link.close(known?.code ?? "internal_error", known?.message ?? "The network could not answer.", known?.spec.retryable ?? true);
    }
  }

  function handle(joined: LiveNode, frame: AgentFrame): void {
    switch (frame.type) {
      case "accept":
      case "refuse":
      case "chunk":
      case "result":
      case "fail":
        return frames.onFrame(joined, frame);
      case "heartbeat":
        return nodes.heartbeat(joined, frame);
      case "capabilities":
        nodes.capabilities(joined, frame.capabilities).catch((err: unknown) => log.warn("capabilities not taken", { error: err }));
        return;
      case "state":
        return nodes.setState(joined, frame.state);
      case "hello":
        return nodes.violation(joined, "second hello");
      default:
        return unreachable(frame);
    }
  }

  function onMessage(data: Buffer, binary: boolean): void {
    if (node !== null) node.lastSeenMs = clock.monotonic();
    for (const raw of parseMessage(data, binary)) {
      const parsed = agentFrame.safeParse(raw);
      if (!parsed.success) {
        if (node === null) return link.close("invalid_frame", "The first frame must be a valid hello.", false);
        nodes.violation(node, `invalid frame: ${parsed.error.issues[0]?.path.join(".") ?? ""}`);
      } else if (node !== null) handle(node, parsed.data);
      else if (parsed.data.type === "hello") void greet(parsed.data);
      else return link.close("hello_expected", "Say hello first.", true);
    }
  }

  const deadline = setTimeout(() => ws.terminate(), HELLO_MS);
  ws.on("message", (data, binary) => onMessage(data as Buffer, binary));
  ws.on("error", (error) => log.debug("agent socket error", { error: error }));
  ws.on("close", () => {
    clearTimeout(deadline);
    if (node !== null) nodes.disconnected(node, link);
  });
  send({ type: "challenge", protocol: PROTOCOL_VERSION, nonce, network: config.NETWORK_NAME });
}

/** A message as a list of unchecked frames; anything that is not JSON, or too many at once, becomes one frame that no schema accepts. */
function parseMessage(data: Buffer, binary: boolean): readonly unknown[] {
  if (binary) return [null];
  try {
    const value: unknown = JSON.parse(data.toString("utf8"));
    if (!Array.isArray(value)) return [value];
    return value.length <= FRAMES_PER_MESSAGE_MAX ? value : [null];
  } catch {
    return [null];
  }
}
