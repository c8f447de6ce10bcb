/**
 * The Socket.IO edge: rooms that show an account what belongs to it, live.
 *
 * Life of a socket: handshake (origin, sockets per address) → JWT in `auth.token` → room `user:<account>` → `subscribe:*`, each after an
 * ownership check, the present state first → disconnected when its session or account is gone, when it reads too slowly, or by itself.
 * What it shows comes from three bus channels, and tokens from the process that runs the task, only while somebody is subscribed.
 */
import type { IncomingMessage } from "node:http";
import type { NodeStatus, TaskStatus } from "@farlabs/protocol";
import type { Identity } from "#identity";
import type { Bus } from "#platform/bus";

/** A task as a watcher sees it. */
export interface TaskState {
  status: TaskStatus;
  /** Share of `max_tokens` delivered, 0–1; 1 once completed. */
  progress: number;
  /** ISO time; null while unknown or over. */
  estimatedCompletion: string | null;
  /** Error code of a failed task. */
  error?: string;
}
export interface NodeState {
  status: NodeStatus;
  metrics: Record<string, number>;
}
/** What an account has earned so far from one source. `amount` is a decimal string of the asset's smallest unit. */
export interface RevenuePart {
  asset: string;
  amount: string;
  source: string;
}

/** What other edges and modules say on the bus for us to show. */
export type RealtimeChannels = {
  /** A task moved on; how far it is in all is read when somebody watches. */
  "inference:updates": { taskId: string; accountId: string; status: TaskStatus; error?: string };
  "node:metrics": NodeState & { nodeId: string; accountId: string };
  /** The account earned something; how much in all is read when it is shown. */
  "revenue:updates": { accountId: string };
};

/** Tasks, as the process that can see them offers them. */
export interface RealtimeTasks {
  /** Account of the task, null if there is none. */
  owner(taskId: string): Promise<string | null>;
  status(taskId: string): Promise<TaskState | null>;
  /**
   * Calls back with each piece of text, per choice. What was delivered so far comes first, inside this call; a finished task brings
   * nothing more. Returns the function that stops it.
   */
  watchTokens(taskId: string, onText: (index: number, text: string) => void): () => void;
}
export interface RealtimeNodes {
  owner(nodeId: string): Promise<string | null>;
  status(nodeId: string): Promise<NodeState | null>;
}
export interface RealtimeNetwork {
  stats(): Promise<{ activeNodes: number; pendingTasks: number; throughput: number }>;
}
export interface RealtimeRevenue {
  /** Totals, shown when the account subscribes and at most once a second while it earns. Totals do not drift as increments would. */
  current(accountId: string): Promise<RevenuePart[]>;
}

export interface RealtimeLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

export interface RealtimeDeps {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** The only browser origin that may connect; clients that send no `Origin` are not browsers. */
  frontendUrl: string;
  identity: Pick<Identity, "authenticate" | "require" | "alive">;
  tasks: RealtimeTasks;
  nodes: RealtimeNodes;
  network: RealtimeNetwork;
  revenue: RealtimeRevenue;
  bus: Bus<RealtimeChannels>;
  log: RealtimeLog;
  /** Address of the caller; the socket's own unless a trusted proxy stands before us. */
  clientIp?: (request: IncomingMessage) => string;
  limits?: Partial<RealtimeLimits>;
}

export interface RealtimeLimits {
  socketsPerIpMax: number;
  /** Rooms one socket may be in. */
  subscriptionsMax: number;
  /** Events a second one socket may send. */
  eventsPerSMax: number;
  /** Packets that wait for a slow reader before it is disconnected. */
  backlogMax: number;
  /** Least time between two token events of one task, ms. */
  tokenIntervalMs: number;
  /** How often sessions are asked for again, ms. */
  aliveIntervalMs: number;
  /** How often network stats, revenue and the progress of watched tasks are sent, ms. */
  statsIntervalMs: number;
}

export const defaultLimits: RealtimeLimits = {
  socketsPerIpMax: 256,
  subscriptionsMax: 64,
  eventsPerSMax: 50,
  backlogMax: 1_024,
  tokenIntervalMs: 50,
  aliveIntervalMs: 3_000,
  statsIntervalMs: 1_000,
};

export interface Realtime {
  /** Listens. Resolves to the port. @throws Error when the port is taken */
  start(): Promise<number>;
  /** Disconnects everybody and stops listening. */
  stop(): Promise<void>;
  sockets(): number;
}
