/**
 * Supply: who may join, what each node offers, and the in-memory view that the scheduler ranks. Status of a node:
 * `offline` → (hello) → `online` ⇄ `maintenance` → (socket gone, or no heartbeat for 30 s) → `offline`.
 * Draining is beside it: the node finishes what it runs and gets nothing new.
 */

import type { AgentFrame, Capabilities, ModelOffer, NodeInfo, ServerFrame, Telemetry } from "@farlabs/protocol";
import type { Tx } from "#platform/pg";
import type { NodeExposure, Room } from "./exposure.ts";
import type { NodeStake } from "./model/stake.ts";
import type { Wanted } from "./registry.ts";
import type { RegistryEvent } from "./registryEvent.ts";

/** The socket of one node, as the process that holds it offers it. */
export interface NodeLink {
  send(frame: ServerFrame): void;
  /** Sends `bye` and closes. */
  close(code: string, message: string, retry: boolean): void;
  /** Bytes not yet taken by the network. */
  backlogBytes(): number;
}

/** One model on one node; one object for as long as the node is known, whatever it offers meanwhile. `inFlight` is ours: the process that holds the socket alone grants its slots. */
export interface LiveOffer {
  offer: ModelOffer;
  inFlight: number;
  /** Output tokens a second of one stream: the agent's claim until measured here, then a moving average. */
  tokensPerSecond: number;
  /** Moving average of assign → first chunk beyond the prompt's own time, ms. */
  firstTokenMs: number;
}

export interface LiveNode {
  readonly nodeId: string;
  readonly ownerAccount: string;
  /** Lower-case; earns. */
  readonly ownerWallet: string;
  readonly connectedAtMs: number;
  /** The token it joined by last. */
  joinTokenId: string;
  capabilities: Capabilities;
  offers: Map<string, LiveOffer>;
  /** 0–100, two decimals. */
  score: number;
  stake: NodeStake;
  /** Trust's word: it has a record of checks, or nobody can check it. False until that is heard after each join. */
  isAudited: boolean;
  readonly exposure: NodeExposure;
  /** Kept by `updateRoom`, so that placing a task compares numbers. */
  readonly room: Room;
  /** In flight plus unsettled that it may reach now: 0 while suspended or unbonding. */
  limitWei(): bigint;
  /** The owner's switch, which is kept, and the agent's own word, which ends with its connection. */
  wanted: Wanted;
  said: Wanted;
  /** What the two come to. */
  status: "online" | "maintenance";
  draining: boolean;
  telemetry: Telemetry;
  /** Monotonic ms of the last frame. */
  lastSeenMs: number;
  violations: number;
  /** Null between a lost socket and the end of its grace. */
  link: NodeLink | null;
}

export type HelloFrame = Extract<AgentFrame, { type: "hello" }>;
export interface HelloInput {
  nonce: string;
  network: string;
  frame: HelloFrame;
  link: NodeLink;
  /** Where the socket comes from. */
  address: string;
  /** Called once the node has its place and before anybody hears of it. */
  welcome?: (node: LiveNode) => void;
}
export type NodeEvent = "joined" | "resumed" | "changed" | "disconnected" | "gone";

export interface Nodes {
  /**
   * Admits a node that answered the challenge. A second connection of the same key replaces the first.
   * @throws too_many_hellos, invalid_join_token, invalid_node_signature, node_key_taken, too_many_nodes, node_protocol_unsupported,
   *   node_misbehaved
   */
  hello(input: HelloInput): Promise<LiveNode>;
  heartbeat(node: LiveNode, frame: Extract<AgentFrame, { type: "heartbeat" }>): void;
  capabilities(node: LiveNode, capabilities: Capabilities): Promise<void>;
  /** What the agent says of itself. */
  setState(node: LiveNode, state: Wanted): void;
  /** The socket is gone; the node keeps its place until {@link OFFLINE_AFTER_MS} unless it comes back. */
  disconnected(node: LiveNode, link: NodeLink): void;
  /** Notes a breach of the protocol; too many close the connection. */
  violation(node: LiveNode, kind: string): void;
  live(): ReadonlyMap<string, LiveNode>;
  /** Connected nodes that offer the model, in no order. The array is the index itself: do not change it. */
  serving(model: string): readonly LiveNode[];
  on(listener: (event: NodeEvent, node: LiveNode) => void): () => void;

  /** @throws too_many_join_tokens */
  createJoinToken(accountId: string, ownerWallet: string, name: string): Promise<{ id: string; token: string }>;
  /** Disconnects the nodes that joined by it: here at once, at other processes within 10 s. @throws not_found */
  revokeJoinToken(accountId: string, id: string): Promise<void>;
  /** @throws invalid_request, too_many_nodes */
  register(
    accountId: string,
    input: { wallet: string; gpuModel: string; vramGb: number; bandwidthMbps: number },
  ): Promise<{ nodeId: string; joinToken: string; supportedModels: string[] }>;
  info(accountId: string, nodeId: string): Promise<NodeInfo>;
  list(
    accountId: string,
    page: { cursor?: string; limit: number },
  ): Promise<{ data: NodeInfo[]; nextCursor: string | null }>;
  /** The owner's switch; it outlives connections and restarts. @throws node_not_found */
  command(accountId: string, nodeId: string, state: Wanted): Promise<void>;
  ownerOf(nodeId: string): Promise<string | null>;
  /** Wallets that this account's nodes earn for, lower-case. */
  ownerWallets(accountId: string): Promise<string[]>;
  /** Mirrors one event of the node registry, in the listener's transaction. */
  applyRegistry(tx: Tx, event: RegistryEvent): Promise<void>;
  /** An epoch was settled: what these nodes earned in it is no longer at risk. An epoch that the start had counted in is ignored. */
  settled(epoch: { epoch: number; nodes: Readonly<Record<string, bigint>> }): void;
  /** Sets the score that ranks and pays from now on. @throws node_not_found */
  setScore(nodeId: string, score: number): Promise<void>;
  /** Takes user tasks from a node until the time (ms since 1970), or until {@link resume}; the owner sees the reason. @throws node_not_found */
  suspend(nodeId: string, reason: string, until: number | null): Promise<void>;
  /** @throws node_not_found */
  resume(nodeId: string): Promise<void>;
  /** Whether its answers count as audited; for a node that is not connected here nothing. */
  setAudited(nodeId: string, isAudited: boolean): void;
  /** What a node's row or stake became elsewhere: listener of `nodes.changed`. */
  refresh(nodeId: string): Promise<void>;
  /** Consumer of `inference.task_finished`: counts what each node completed and earned. */
  taskFinished(tx: Tx, events: readonly { payload: Record<string, unknown> }[]): Promise<void>;
  totals(): Promise<{ totalNodes: number; totalVramGb: number; averageScore: number }>;
  start(): Promise<void>;
  stop(): Promise<void>;
}
