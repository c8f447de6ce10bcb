import { type AgentFrame, type Capabilities, OFFLINE_AFTER_MS } from "@farlabs/protocol";
import type { Clock } from "#kernel";
import type { Logger } from "#platform/log";
import type { LiveNode, LiveOffer, NodeEvent, NodeLink } from "./nodes.ts";

/** Breaches of the protocol after which a connection is closed. */
const VIOLATIONS_MAX = 20;
/** For so long its key is not welcome afterwards. */
const BARRED_MS = 30_000;

/** One breach is forgiven per this time, so that a rare slip never adds up to a bar. */
const FORGIVE_MS = 60_000;

/** The in-memory half of the module: what is connected now and what it offers. */
export function createPresence(clock: Clock, log: Logger) {
  const nodes = new Map<string, LiveNode>();
  const byModel = new Map<string, LiveNode[]>();
  const barred = new Map<string, number>();
  let forgivenMs = 0;
  const listeners = new Set<(event: NodeEvent, node: LiveNode) => void>();

  /** Told from timers and sockets' ends, where what a listener throws would end the process. */
  const emit = (event: NodeEvent, node: LiveNode): void => {
    for (const listener of listeners) {
      try {
        listener(event, node);
      } catch (error) {
        log.error("a listener to nodes failed", { error, event, nodeId: node.nodeId });
      }
    }
  };

  /** Rebuilt on change only: joins and leaves are rare beside tasks. */
  function reindex(): void {
    byModel.clear();
    for (const node of nodes.values()) {
      if (node.link === null) continue;
      for (const model of node.offers.keys()) {
        const list = byModel.get(model);
        if (list === undefined) byModel.set(model, [node]);
        else list.push(node);
      }
    }
  }

  function setOffers(node: LiveNode, capabilities: Capabilities, allowed: ReadonlySet<string>): void {
    const before = node.offers;
    const offers = new Map<string, LiveOffer>();
    for (const engine of capabilities.engines) {
      for (const offer of engine.models) {
        if (!allowed.has(offer.id)) continue;
        // The same object as before: running attempts hold it, and give their slot back to it.
        const known = before.get(offer.id);
        if (known === undefined)
          offers.set(offer.id, { offer, inFlight: 0, tokensPerSecond: offer.tokensPerSecond ?? 0, firstTokenMs: 0 });
        else {
          known.offer = offer;
          offers.set(offer.id, known);
        }
      }
    }
    node.capabilities = capabilities;
    node.offers = offers;
    reindex();
  }

  function remove(node: LiveNode): void {
    if (nodes.get(node.nodeId) !== node) return;
    nodes.delete(node.nodeId);
    reindex();
    log.info("node offline", { nodeId: node.nodeId });
    emit("gone", node);
  }

  return {
    nodes: nodes as ReadonlyMap<string, LiveNode>,
    serving: (model: string): readonly LiveNode[] => byModel.get(model) ?? [],
    setOffers,
    emit,

    add(node: LiveNode): void {
      nodes.set(node.nodeId, node);
    },

    /** Gives an absent or doubled node its new socket. */
    resume(node: LiveNode, link: NodeLink): void {
      node.link?.close("replaced", "This node key connected again elsewhere.", false);
      node.link = link;
      node.lastSeenMs = clock.monotonic();
      reindex();
    },

    heartbeat(node: LiveNode, frame: Extract<AgentFrame, { type: "heartbeat" }>): void {
      node.telemetry = frame.telemetry;
      emit("changed", node);
    },

    disconnected(node: LiveNode, link: NodeLink): void {
      if (node.link !== link) return;
      node.link = null;
      reindex();
      emit("disconnected", node);
    },

    violation(node: LiveNode, kind: string): void {
      node.violations += 1;
      if (node.violations <= 3) log.warn("node broke the protocol", { nodeId: node.nodeId, kind });
      if (node.violations < VIOLATIONS_MAX) return;
      barred.set(node.nodeId, clock.monotonic() + BARRED_MS);
      node.link?.close("node_misbehaved", `Too many protocol errors, the last: ${kind}.`, true);
      node.link = null;
      remove(node);
    },

    isBarred: (nodeId: string): boolean => clock.monotonic() < (barred.get(nodeId) ?? 0),

    /** Drops nodes that have been silent for too long. */
    sweep(): void {
      const now = clock.monotonic();
      for (const [nodeId, untilMs] of barred) if (untilMs <= now) barred.delete(nodeId);
      if (now - forgivenMs >= FORGIVE_MS) {
        forgivenMs = now;
        for (const node of nodes.values()) node.violations = Math.max(0, node.violations - 1);
      }
      for (const node of nodes.values()) {
        if (now - node.lastSeenMs <= OFFLINE_AFTER_MS) continue;
        node.link?.close("heartbeat_missed", "No frame for 30 seconds.", true);
        node.link = null;
        remove(node);
      }
    },

    remove,
    on(listener: (event: NodeEvent, node: LiveNode) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export type Presence = ReturnType<typeof createPresence>;
