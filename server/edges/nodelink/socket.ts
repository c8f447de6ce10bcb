import {
  type AgentFrame,
  agentFrame,
  FRAME_BYTES_MAX,
  FRAMES_PER_MESSAGE_MAX,
  HEARTBEAT_MS,
  PROTOCOL_VERSION,
  type ServerFrame,
} from "@farlabs/protocol";
import type { WebSocket } from "ws";
import { isFarError, newSecret, unreachable } from "#kernel";
import type { HelloFrame, LiveNode, NodeLink } from "#nodes";
import { createBounds } from "./bounds.ts";
import { createHearRoots } from "./hearRoots.ts";
import type { BoundNode, NodelinkDeps } from "./nodelink.ts";
import { parseMessage } from "./parseMessage.ts";
import { plainFrame } from "./plainFrame.ts";

export type AttemptFrame = Extract<AgentFrame, { type: "accept" | "refuse" | "chunk" | "result" | "fail" }>;
type ControlFrame = Extract<AgentFrame, { type: "heartbeat" | "capabilities" | "state" }>;

const HELLO_MS = 10_000;
/** Bytes a slow node may leave unread before it is cut off. */
const BACKLOG_BYTES_MAX = 16 * 1_048_576;
/** A peer that does not close its side is cut off after this. */
const CLOSE_MS = 1_000;

/**
 * One agent's socket. States: challenged → (valid `hello`) → joined → closed. Before `joined` only `hello` is heard, once.
 * Frames of one turn of the event loop leave as one message.
 */
export function serveSocket(ws: WebSocket, deps: NodelinkDeps & { address: string }): void {
  const { nodes, frames, config, clock, log } = deps;
  const nonce = newSecret(32);
  let node: LiveNode | null = null;
  let hearRoot: ReturnType<typeof createHearRoots> | null = null;
  let greeting = false;
  /** Nothing is heard after our own `bye`. */
  let closing = false;
  /** Offers are taken in the order in which they came. */
  let offers = Promise.resolve();
  const bounds = createBounds(clock);
  let outbox: string[] = [];

  function flush(): void {
    const out = outbox;
    outbox = [];
    if (ws.readyState !== ws.OPEN) return;
    for (const message of messagesOf(out)) ws.send(message);
    if (ws.bufferedAmount > BACKLOG_BYTES_MAX) ws.terminate();
  }
  function send(frame: ServerFrame): void {
    if (outbox.length === 0) setImmediate(flush);
    outbox.push(JSON.stringify(frame));
  }
  const link: NodeLink = {
    send,
    close(code, message, retry) {
      if (closing) return;
      send({ type: "bye", code, message, retry });
      flush();
      closing = true;
      ws.close(1000, code);
      setTimeout(() => ws.terminate(), CLOSE_MS).unref();
    },
    backlogBytes: () => ws.bufferedAmount,
  };

  function welcome(known: LiveNode, { running }: HelloFrame): void {
    const resume = frames.resumable(known, running);
    // What the agent lost is cancelled and may be assigned to it again at once; it hears nothing before its welcome.
    const since = outbox;
    outbox = [];
    send({ type: "welcome", nodeId: known.nodeId, heartbeatMs: HEARTBEAT_MS, resume });
    outbox.push(...since);
  }

  async function greet(frame: HelloFrame): Promise<void> {
    if (greeting) return link.close("hello_twice", "Only one hello is heard.", false);
    greeting = true;
    try {
      const joined = await nodes.hello({
        nonce,
        network: config.NETWORK_NAME,
        frame,
        link,
        address: deps.address,
        // Before any new work is given, which would look like an attempt that the agent does not know.
        welcome: (known) => welcome(known, frame),
      });
      if (closing || ws.readyState !== ws.OPEN) return nodes.disconnected(joined, link);
      node = joined;
      hearRoot = createHearRoots(
        { nodes, statements: deps.statements, log, kept: (root) => send({ type: "rooted", root }) },
        joined,
        boundOf(joined, frame),
      );
      clearTimeout(deadline);
    } catch (error) {
      if (!isFarError(error)) log.error("hello failed", { error: error });
      const known = isFarError(error) ? error : null;
      link.close(
        known?.code ?? "internal_error",
        known?.message ?? "The network could not answer.",
        known?.spec.retryable ?? true,
      );
    }
  }

  function boundOf({ nodeId }: LiveNode, { session, nodeKey }: HelloFrame): BoundNode | null {
    if (session === undefined) return null;
    return { nodeId, nodeKey: nodeKey.toLowerCase(), network: config.NETWORK_NAME, session };
  }

  function handle(joined: LiveNode, frame: AgentFrame): void {
    switch (frame.type) {
      case "accept":
      case "refuse":
      case "chunk":
      case "result":
      case "fail":
        if (!frames.onFrame(joined, frame) && !bounds.mayStray())
          nodes.violation(joined, "too many frames of unknown tasks");
        return;
      case "heartbeat":
      case "capabilities":
      case "state":
        if (bounds.mayControl()) return control(joined, frame);
        return nodes.violation(joined, `too many ${frame.type} frames`);
      case "root":
        if (bounds.mayRoot()) return void hearRoot?.(frame);
        return nodes.violation(joined, "too many roots");
      case "hello":
        return nodes.violation(joined, "second hello");
      default:
        return unreachable(frame);
    }
  }

  function control(joined: LiveNode, frame: ControlFrame): void {
    if (frame.type === "heartbeat") return nodes.heartbeat(joined, frame);
    if (frame.type === "state") return nodes.setState(joined, frame.state);
    offers = offers
      .then(() => nodes.capabilities(joined, frame.capabilities))
      .catch((err: unknown) => log.warn("capabilities not taken", { error: err }));
  }

  function hear(raw: unknown): void {
    const plain = node === null ? null : plainFrame(raw);
    if (node !== null && plain !== null) return handle(node, plain);
    const parsed = agentFrame.safeParse(raw);
    if (!parsed.success) {
      if (node === null) return link.close("invalid_frame", "The first frame must be a valid hello.", false);
      nodes.violation(node, `invalid frame: ${parsed.error.issues[0]?.path.join(".") ?? ""}`);
    } else if (node !== null) handle(node, parsed.data);
    else if (parsed.data.type === "hello") void greet(parsed.data);
    else link.close("hello_expected", "Say hello first.", true);
  }

  function onMessage(data: Buffer, binary: boolean): void {
    if (closing) return;
    const waitMs = bounds.read(data.length);
    if (waitMs > 0) {
      ws.pause();
      setTimeout(() => ws.resume(), waitMs);
    }
    if (node !== null) node.lastSeenMs = clock.monotonic();
    try {
      for (const raw of parseMessage(data, binary)) {
        if (closing) return;
        hear(raw);
      }
    } catch (error) {
      // A bug of ours that one node found must not end every other node's work.
      log.error("a node's frame could not be handled", { error, nodeId: node?.nodeId });
      if (node !== null) nodes.violation(node, "frame that could not be handled");
      else ws.terminate();
    }
  }

  const deadline = setTimeout(() => ws.terminate(), HELLO_MS);
  ws.on("message", (data, binary) => onMessage(data as Buffer, binary));
  ws.on("error", (error) => log.debug("agent socket error", { error: error }));
  ws.on("close", () => {
    clearTimeout(deadline);
    if (node !== null) nodes.disconnected(node, link);
  });
  send({ type: "challenge", protocol: PROTOCOL_VERSION, nonce, network: config.NETWORK_NAME, chainId: deps.chainId });
}

/** Frames as messages, each within what the other side takes. */
function messagesOf(frames: readonly string[]): string[] {
  const messages: string[] = [];
  let part: string[] = [];
  let bytes = 0;
  const close = (): void => {
    if (part.length > 0) messages.push(part.length === 1 && part[0] !== undefined ? part[0] : `[${part.join(",")}]`);
    part = [];
    bytes = 0;
  };
  for (const frame of frames) {
    // UTF-8 takes at most three bytes for a unit of a string; short frames need not be measured.
    const length = frame.length > 1_024 ? Buffer.byteLength(frame) : frame.length * 3;
    if (part.length === FRAMES_PER_MESSAGE_MAX || bytes + length + part.length + 2 > FRAME_BYTES_MAX) close();
    part.push(frame);
    bytes += length;
  }
  close();
  return messages;
}
