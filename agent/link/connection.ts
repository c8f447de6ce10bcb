/**
 * One WebSocket from dial to close. `dialing → challenged → online → closed`: the server speaks first (`challenge`), we answer with a
 * signed `hello`, and nothing else is sent or accepted before `welcome`. A socket on which nothing comes back for two heartbeats is
 * half open and is terminated.
 */
import { type AgentFrame, FRAME_BYTES_MAX, PROTOCOL_VERSION, type ServerFrame } from "@farlabs/protocol";
import { WebSocket } from "ws";
import { type HelloOptions, signHello } from "./hello.ts";
import { createOutbox } from "./outbox.ts";
import { parseMessage } from "./parseMessage.ts";

const HANDSHAKE_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 1_000;
const HEARTBEAT_MS_MIN = 50;
const HEARTBEAT_MS_MAX = 60_000;
/** A stalled event loop, ours or theirs, is not a dead line. */
const SILENCE_SLACK_MS = 5_000;

export type WelcomeFrame = Extract<ServerFrame, { type: "welcome" }>;
export type WorkFrame = Extract<ServerFrame, { type: "assign" | "cancel" | "drain" | "rooted" }>;
type ChallengeFrame = Extract<ServerFrame, { type: "challenge" }>;

export interface ConnectionOptions extends HelloOptions {
  url: string;
  /** Runs in the turn of the welcome: what it sends goes first. */
  onWelcome(frame: WelcomeFrame, connection: Connection): void;
  onFrame(frame: WorkFrame): void;
  /** Called after the welcome and then every `heartbeatMs`. */
  onHeartbeat(): void;
}
export interface Connection {
  send(frame: AgentFrame): Promise<void> | undefined;
}
/** Why a connection ended. `retry:false` is final. */
export interface Closed {
  code: string;
  message: string;
  retry: boolean;
  /** How long it was online, milliseconds; 0 if never welcomed. */
  onlineMs: number;
}
type Reason = Omit<Closed, "onlineMs">;
type Phase = "dialing" | "challenged" | "online";

/**
 * Opens one connection and follows it to its end. Never rejects.
 * @param signal - closes the connection
 */
export function runConnection(options: ConnectionOptions, signal: AbortSignal): Promise<Closed> {
  const socket = new WebSocket(options.url, {
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    followRedirects: false,
  });
  const outbox = createOutbox(socket);
  let reason: Reason = { code: "connection_lost", message: "the connection was lost", retry: true };
  let heardAtMs = Date.now();
  const end = (why: Reason) => {
    reason = why;
    outbox.flush();
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket.close();
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  };
  const fail = (code: string, message: string) => {
    reason = { code, message, retry: true };
    socket.terminate();
  };
  const phases = createPhases(options, { socket, outbox, end, fail, silentMs: () => Date.now() - heardAtMs });
  const heard = () => {
    heardAtMs = Date.now();
  };
  const stop = () => end({ code: "stopped", message: "the agent was stopped", retry: false });

  socket.on("message", (data, binary) => {
    heard();
    try {
      if (binary) throw new Error("a binary message");
      for (const frame of parseMessage(data.toString())) phases.take(frame);
    } catch (error) {
      fail("protocol_error", error instanceof Error ? error.message : "malformed message");
    }
  });
  socket.on("ping", heard);
  socket.on("pong", heard);
  socket.on("error", (error) => {
    if (reason.code === "connection_lost") reason = { ...reason, message: error.message };
  });
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop);
  return new Promise((resolve) => {
    socket.on("close", () => {
      signal.removeEventListener("abort", stop);
      outbox.close();
      resolve({ ...reason, onlineMs: phases.close() });
    });
  });
}

interface Line {
  socket: WebSocket;
  outbox: ReturnType<typeof createOutbox>;
  end(why: Reason): void;
  fail(code: string, message: string): void;
  silentMs(): number;
}

/** The order in which frames may come, and the clocks of each phase. */
function createPhases(options: ConnectionOptions, line: Line) {
  const { socket, outbox, end, fail } = line;
  let phase: Phase = "dialing";
  let onlineSinceMs = 0;
  let heartbeat: NodeJS.Timeout | undefined;
  const handshake = setTimeout(
    () => fail("handshake_timeout", "the network did not welcome the node in time"),
    HANDSHAKE_TIMEOUT_MS,
  );
  const connection: Connection = {
    send(frame) {
      outbox.send(frame);
      return outbox.room();
    },
  };
  function challenged(frame: ChallengeFrame): void {
    if (phase !== "dialing") {
      fail("protocol_error", "a second challenge");
      return;
    }
    phase = "challenged";
    if (frame.protocol !== PROTOCOL_VERSION) {
      const message = `the network speaks protocol ${frame.protocol}, this agent ${PROTOCOL_VERSION}: install the matching agent`;
      end({ code: "protocol_mismatch", message, retry: false });
      return;
    }
    signHello(options, frame).then(outbox.send, () =>
      fail("hello_failed", "the node could not describe or sign itself"),
    );
  }
  function beat(everyMs: number): void {
    if (line.silentMs() > 2 * everyMs + SILENCE_SLACK_MS) {
      fail("half_open", "the network stopped answering");
      return;
    }
    socket.ping();
    options.onHeartbeat();
  }
  function welcomed(frame: WelcomeFrame): void {
    if (phase !== "challenged") {
      fail("protocol_error", "a welcome out of order");
      return;
    }
    phase = "online";
    clearTimeout(handshake);
    onlineSinceMs = Date.now();
    const everyMs = Math.min(HEARTBEAT_MS_MAX, Math.max(HEARTBEAT_MS_MIN, frame.heartbeatMs));
    heartbeat = setInterval(() => beat(everyMs), everyMs);
    options.onWelcome(frame, connection);
    options.onHeartbeat();
  }

  return {
    take(frame: ServerFrame): void {
      switch (frame.type) {
        case "challenge":
          challenged(frame);
          return;
        case "welcome":
          welcomed(frame);
          return;
        case "bye":
          end({ code: frame.code, message: frame.message, retry: frame.retry });
          return;
        case "assign":
        case "cancel":
        case "drain":
        case "rooted":
          if (phase === "online") options.onFrame(frame);
          else fail("protocol_error", `${frame.type} before the welcome`);
          return;
        default:
          frame satisfies never;
      }
    },
    /** Stops the clocks; says how long the line was online, milliseconds. */
    close(): number {
      clearTimeout(handshake);
      clearInterval(heartbeat);
      return onlineSinceMs > 0 ? Date.now() - onlineSinceMs : 0;
    },
  };
}
