import type { ServerEvents, TaskStatus } from "@farlabs/protocol";
import type { NodeState, RealtimeChannels, RealtimeDeps, RealtimeNetwork, RevenuePart, TaskState } from "./realtime.ts";
import { isWatched, type RealtimeServer, rooms } from "./server.ts";
import type { Tokens } from "./tokens.ts";

/** One socket or a room. */
interface Audience {
  emit<E extends keyof ServerEvents>(event: E, ...args: Parameters<ServerEvents[E]>): unknown;
}
type Stats = Awaited<ReturnType<RealtimeNetwork["stats"]>>;

export interface Broadcasts {
  task(to: Audience, taskId: string, state: TaskState): void;
  node(to: Audience, nodeId: string, state: NodeState): void;
  revenue(to: Audience, accountId: string, part: RevenuePart): void;
  network(to: Audience, stats: Stats): void;
  /** Shows what was read, unless something newer was sent to the room while it was being read. */
  present<T>(room: string, read: Promise<T | null>, show: (state: T) => void): Promise<void>;
  /** Sends what is due at the interval: network stats, the revenue of accounts that earned, the progress of watched tasks. */
  tick(): Promise<void>;
  start(): Promise<void>;
  stop(): void;
}

const isOver = (status: TaskStatus): boolean => status === "completed" || status === "failed" || status === "cancelled";

/** From the bus to the rooms; a message that nobody watches costs a look-up. */
export function createBroadcasts(io: RealtimeServer, deps: RealtimeDeps, tokens: Tokens): Broadcasts {
  const offs: (() => void)[] = [];
  /** Reads under way, by room; a message to the room overtakes them. */
  const reads = new Map<string, Set<{ isOvertaken: boolean }>>();
  /** Watched accounts that earned since the last tick. A busy operator earns thousands of times a second. */
  const earned = new Set<string>();

  const overtake = (room: string): void => {
    for (const read of reads.get(room) ?? []) read.isOvertaken = true;
  };

  function taskUpdate(to: Audience, taskId: string, { status, progress, estimatedCompletion }: TaskState): void {
    to.emit("task_update", { task_id: taskId, status, progress, estimated_completion: estimatedCompletion });
  }
  function taskStatus(to: Audience, taskId: string, { status, error }: Pick<TaskState, "status" | "error">): void {
    to.emit("task:status", { task_id: taskId, status, ...(error === undefined ? {} : { error }) });
  }
  function node(to: Audience, nodeId: string, { status, metrics }: NodeState): void {
    to.emit("node:status", { node_id: nodeId, status });
    to.emit("node:metrics", { node_id: nodeId, metrics });
    to.emit("node_status", { node_id: nodeId, status, performance_metrics: metrics });
  }
  const revenue = (to: Audience, accountId: string, part: RevenuePart): void => {
    to.emit("revenue:update", { account: accountId, ...part });
  };
  const network = (to: Audience, stats: Stats): void => {
    to.emit("network_stats", {
      active_nodes: stats.activeNodes,
      pending_tasks: stats.pendingTasks,
      throughput: stats.throughput,
    });
  };

  async function present<T>(room: string, read: Promise<T | null>, show: (state: T) => void): Promise<void> {
    const mine = { isOvertaken: false };
    const others = reads.get(room) ?? new Set();
    reads.set(room, others.add(mine));
    try {
      const state = await read;
      if (state !== null && !mine.isOvertaken) show(state);
    } finally {
      others.delete(mine);
      if (others.size === 0) reads.delete(room);
    }
  }
  /** Reads how far a watched task is and tells its room. */
  function showProgress(taskId: string): Promise<void> {
    const room = rooms.task(taskId);
    return present(room, deps.tasks.status(taskId), (state) => taskUpdate(io.to(room), taskId, state));
  }

  function onTask({ taskId, accountId, ...state }: RealtimeChannels["inference:updates"]): void {
    // Thousands a second come by; while nobody is connected they must cost nothing.
    if (io.sockets.sockets.size === 0) return;
    const room = rooms.task(taskId);
    if (isWatched(io, room)) {
      overtake(room);
      if (isOver(state.status)) tokens.finish(taskId);
      taskStatus(io.to(room), taskId, state);
      showProgress(taskId).catch((error: unknown) => {
        deps.log.warn("a watched task could not be read", { taskId, error: String(error) });
      });
    }
    // A list of tasks wants to know what ended, not every step of every task.
    const user = rooms.user(accountId);
    if (isOver(state.status) && isWatched(io, user)) taskStatus(io.to(user).except(room), taskId, state);
  }
  function onNode({ nodeId, status, metrics }: RealtimeChannels["node:metrics"]): void {
    const room = rooms.node(nodeId);
    if (!isWatched(io, room)) return;
    overtake(room);
    node(io.to(room), nodeId, { status, metrics });
  }
  function onRevenue({ accountId }: RealtimeChannels["revenue:updates"]): void {
    if (isWatched(io, rooms.revenue(accountId))) earned.add(accountId);
  }

  return {
    task(to, taskId, state) {
      taskStatus(to, taskId, state);
      taskUpdate(to, taskId, state);
    },
    node,
    revenue,
    network,
    present,
    async tick() {
      const accounts = [...earned];
      earned.clear();
      for (const accountId of accounts) {
        for (const part of await deps.revenue.current(accountId)) {
          revenue(io.to(rooms.revenue(accountId)), accountId, part);
        }
      }
      for (const taskId of tokens.advanced()) await showProgress(taskId);
      if (isWatched(io, rooms.network)) network(io.to(rooms.network), await deps.network.stats());
    },
    async start() {
      offs.push(await deps.bus.subscribe("inference:updates", onTask));
      offs.push(await deps.bus.subscribe("node:metrics", onNode));
      offs.push(await deps.bus.subscribe("revenue:updates", onRevenue));
    },
    stop() {
      for (const off of offs.splice(0)) off();
    },
  };
}
