/**
 * A node's life on the network. `connecting → online → waiting → connecting …` until `stopped`.
 *
 * - *connecting*: dial, answer the challenge. Fails → *waiting*.
 * - *online*: assignments run, chunks flow. Lost → *waiting*; the engines go on for {@link ORPHAN_MS}, their chunks are kept.
 * - *waiting*: backoff with jitter → *connecting*.
 * - *stopped*: closed by us, or told by the network not to come back. Final.
 */
import type { Capabilities, Telemetry } from "@farlabs/protocol";
import { backoffMs } from "../backoff.ts";
import type { Engine } from "../engines/engine.ts";
import { AgentError } from "../errors.ts";
import type { Log } from "../log.ts";
import { pause } from "../pause.ts";
import { createSessionKey, type SessionKey } from "../receipts/sessionKey.ts";
import { createStatements, type Statements } from "../receipts/statements.ts";
import { nodelinkUrl } from "../urls.ts";
import { VERSION } from "../version.ts";
import { type Closed, type Connection, runConnection, type WelcomeFrame, type WorkFrame } from "./connection.ts";
import type { NodeKey } from "./hello.ts";
import { createWork, type NodeState, type Work } from "./work.ts";

/** A line that stayed up this long was a good one: the next failure starts from the shortest wait again. */
const STABLE_MS = 5_000;
/** Work goes on this long without a connection; the network gives a silent node up well before. */
const ORPHAN_MS = 60_000;

export interface ConnectNodeOptions {
  /** `http(s)://` or `ws(s)://` address of the network; plain only to loopback. */
  network: string;
  token: string;
  key: NodeKey;
  engines: readonly Engine[];
  machine: Capabilities["machine"];
  log: Log;
  ownerWallet?: `0x${string}` | undefined;
  /** Asked at every heartbeat; tokens a second are added by the link. */
  telemetry?: () => Promise<Telemetry>;
  version?: string;
  /** Milliseconds to wait after `failures` failures in a row; default: exponential with full jitter, at most 30 s. */
  backoff?: (failures: number) => number;
}
export interface NodeStatus {
  connected: boolean;
  nodeId: string | null;
  state: NodeState;
  running: number;
}
export interface NodeLink {
  /** The first welcome. Rejects with an AgentError if the link ended without one. */
  readonly ready: Promise<{ nodeId: string }>;
  /** The end, whatever it was. Never rejects. */
  readonly closed: Promise<Closed>;
  status(): NodeStatus;
  /** Tells the network; `drain` and `maintenance` refuse new work, `online` takes it again. */
  setState(state: NodeState): void;
  /** Resolves when nothing runs any more, or after `timeoutMs`; says whether everything ended. */
  idle(timeoutMs: number): Promise<boolean>;
  /** Aborts what runs and closes. */
  close(): Promise<void>;
}

/** What a link remembers between its connections. */
interface Life {
  connection: Connection | undefined;
  nodeId: string | null;
  state: NodeState;
  /** The offer has changed since it was told; the next heartbeat brings it. */
  isOfferStale: boolean;
}

const stoppedByUs: Closed = { code: "stopped", message: "the agent was stopped", retry: false, onlineMs: 0 };

/**
 * Connects a node with any engines to a network and keeps it connected.
 * @throws AgentError `bad_option` or `insecure_url` for an address that may not be used.
 */
export function connectNode(options: ConnectNodeOptions): NodeLink {
  const { engines, log } = options;
  const url = nodelinkUrl(options.network);
  const life: Life = { connection: undefined, nodeId: null, state: "online", isOfferStale: false };
  const stopping = new AbortController();
  const ready = Promise.withResolvers<{ nodeId: string }>();
  // Whoever starts a node without asking for readiness must not die of an unhandled rejection.
  ready.promise.catch(() => undefined);
  const session = createSessionKey(options.key);
  const statements = createStatements({
    session,
    send(frame) {
      void life.connection?.send(frame);
      return life.connection !== undefined;
    },
  });
  const work = createWork({
    engines,
    log,
    send: (frame) => life.connection?.send(frame),
    onDelivered: statements.add,
    state: () => life.state,
    onOfferChange() {
      // Measured speeds change with every answer on a busy machine; the network bounds how often an offer may.
      life.isOfferStale = true;
    },
  });
  const unsubscribe = engines.map((engine) =>
    engine.onChange?.(() => void work.refresh().then(() => sendOffer(options, life, work))),
  );
  const closed = live({
    ...{ options, url, life, work, session, statements },
    ...{ stopping: stopping.signal, onReady: ready.resolve },
  }).then((end) => {
    statements.close();
    for (const off of unsubscribe) off?.();
    work.abortAll();
    if (end.code !== "stopped")
      log("error", "the network turned this node away", { code: end.code, reason: end.message });
    ready.reject(new AgentError("refused_by_network", `${end.message} (${end.code})`));
    return end;
  });

  return {
    ready: ready.promise,
    closed,
    status: () => ({
      connected: life.connection !== undefined,
      nodeId: life.nodeId,
      state: life.state,
      running: work.running(),
    }),
    setState(next) {
      if (next === life.state) return;
      life.state = next;
      life.connection?.send({ type: "state", state: next });
    },
    async idle(timeoutMs) {
      await Promise.race([work.idle(), pause(timeoutMs, stopping.signal)]);
      return work.running() === 0;
    },
    async close() {
      stopping.abort();
      work.abortAll();
      await closed;
    },
  };
}

function sendOffer({ machine }: ConnectNodeOptions, life: Life, work: Work): void {
  life.isOfferStale = false;
  life.connection?.send({ type: "capabilities", capabilities: { machine, engines: work.offer() } });
}

interface Living {
  options: ConnectNodeOptions;
  url: string;
  life: Life;
  work: Work;
  session: SessionKey;
  statements: Statements;
  stopping: AbortSignal;
  onReady(p: { nodeId: string }): void;
}

/** Connects, again and again, until stopped. */
async function live(living: Living): Promise<Closed> {
  const { options, life, work, statements, stopping } = living;
  const backoff = options.backoff ?? backoffMs;
  let failures = 0;
  let lostAtMs = Date.now();
  for (;;) {
    const closed = await connectOnce(living);
    const wasOnline = life.connection !== undefined;
    life.connection = undefined;
    statements.lost();
    if (stopping.aborted) return stoppedByUs;
    if (!closed.retry) return closed;
    if (closed.onlineMs >= STABLE_MS) failures = 0;
    // Once per change of state, not per try: a network that is away for a night must not fill the disk.
    if (wasOnline || failures === 0)
      options.log("warn", "not connected, trying again", { code: closed.code, reason: closed.message });
    if (wasOnline) lostAtMs = Date.now();
    if (Date.now() - lostAtMs > ORPHAN_MS) work.abortAll();
    await pause(backoff(failures), stopping);
    failures += 1;
    if (stopping.aborted) return stoppedByUs;
  }
}

function connectOnce({ options, url, life, work, session, statements, stopping, onReady }: Living): Promise<Closed> {
  const { log, machine } = options;

  function onWelcome(frame: WelcomeFrame, opened: Connection): void {
    const again = work.resume(frame.resume);
    for (const kept of again) opened.send(kept);
    if (life.state !== "online") opened.send({ type: "state", state: life.state });
    life.connection = opened;
    life.nodeId = frame.nodeId;
    log("info", "online", { nodeId: frame.nodeId, network: url, resumed: frame.resume.length });
    onReady({ nodeId: frame.nodeId });
  }
  function onFrame(frame: WorkFrame): void {
    switch (frame.type) {
      case "assign":
        work.assign(frame);
        return;
      case "cancel":
        work.cancel({ taskId: frame.taskId, attempt: frame.attempt });
        return;
      case "drain":
        if (life.state !== (frame.on ? "drain" : "online")) {
          log(
            "info",
            frame.on ? "the network drains this node: running work ends, new work is refused" : "work is taken again",
          );
        }
        life.state = frame.on ? "drain" : "online";
        return;
      case "rooted":
        statements.rooted(frame.root);
        return;
      default:
        frame satisfies never;
    }
  }
  async function onHeartbeat(): Promise<void> {
    const telemetry: Telemetry = await (options.telemetry?.() ?? Promise.resolve({})).catch(() => ({}));
    if (life.isOfferStale) sendOffer(options, life, work);
    life.connection?.send({
      type: "heartbeat",
      slots: work.slots(),
      telemetry: { ...telemetry, tokensPerSecond: work.tokensPerSecond() },
    });
  }
  return runConnection(
    {
      url,
      token: options.token,
      key: options.key,
      session,
      version: options.version ?? VERSION,
      ownerWallet: options.ownerWallet,
      onWelcome,
      onFrame,
      onHeartbeat: () => void onHeartbeat(),
      hello: async () => ({
        capabilities: { machine, engines: await work.refresh() },
        running: work.refs().slice(-1024),
      }),
    },
    stopping,
  );
}
