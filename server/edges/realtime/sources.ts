import type { Identity } from "#identity";
import type { Inference } from "#inference";
import type { LiveNode, Nodes } from "#nodes";
import type { Bus } from "#platform/bus";
import type { Outbox } from "#platform/outbox";
import type { Settlement } from "#settlement";
import type { NodeState, RealtimeChannels, RealtimeDeps } from "./realtime.ts";

/** The modules as they are in one process. */
export interface House {
  identity: Pick<Identity, "account">;
  inference: Pick<Inference, "task" | "watch" | "ownerOf" | "onUpdate" | "running">;
  nodes: Pick<Nodes, "ownerOf" | "info" | "live" | "on">;
  settlement: Pick<Settlement, "earnings">;
  outbox: Pick<Outbox, "listen">;
}

const ACTIVE_OVER = new Set(["completed", "failed", "cancelled"]);

/** Fills the edge's small interfaces from the modules' doors. */
export function createSources(house: House): Pick<RealtimeDeps, "tasks" | "nodes" | "network" | "revenue"> {
  const { identity, inference, nodes, settlement } = house;
  return {
    tasks: {
      owner: inference.ownerOf,
      async status(accountId, taskId) {
        const task = await inference.task(accountId, taskId);
        const share = task.max_tokens > 0 ? Math.min(1, task.tokens_generated / task.max_tokens) : 0;
        const progress = task.status === "completed" ? 1 : share;
        return {
          status: task.status,
          progress,
          estimatedCompletion: ACTIVE_OVER.has(task.status) ? null : estimate(task.started_at, progress),
          ...(task.error === null ? {} : { error: task.error.code }),
        };
      },
      watchTokens: (taskId, onText) => inference.watch(taskId, { onDelta: onText }) ?? (() => {}),
    },
    nodes: {
      owner: nodes.ownerOf,
      status: (accountId, nodeId) => nodes.info(accountId, nodeId),
    },
    network: {
      async stats() {
        const { pending, finishedPerSecond } = inference.running();
        const activeNodes = [...nodes.live().values()].filter((n) => n.link !== null && n.status === "online").length;
        return { activeNodes, pendingTasks: pending, throughput: Math.round(finishedPerSecond * 100) / 100 };
      },
    },
    revenue: {
      async current(accountId) {
        const wallets = (await identity.account(accountId))?.wallets ?? [];
        let amount = 0n;
        for (const wallet of wallets) {
          const { claimed, claimable, pending } = await settlement.earnings(wallet);
          amount += BigInt(claimed) + BigInt(claimable) + BigInt(pending);
        }
        return [{ asset: "FAR", source: "inference", amount: String(amount) }];
      },
    },
  };
}

/** When all of `max_tokens` would be there at the speed so far: the latest, since most answers end before. */
function estimate(startedAt: string | null, progress: number): string | null {
  if (startedAt === null || progress === 0) return null;
  const startMs = Date.parse(startedAt);
  return new Date(startMs + (Date.now() - startMs) / progress).toISOString();
}

function stateOf(node: LiveNode): NodeState {
  const entries = Object.entries(node.telemetry).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return { status: node.link === null ? "offline" : node.status, metrics: Object.fromEntries(entries) };
}

/** Who earned in a finished task: its nodes, as the event names them. */
function nodeIdsOf(payload: Record<string, unknown>): string[] {
  const nodes = payload.nodes;
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((n: unknown) => {
    const id = (n as { node_id?: unknown } | null)?.node_id;
    return typeof id === "string" ? [id] : [];
  });
}

/** Puts on the bus what this process's modules tell. Returns the function that stops it. */
export function feedBus(bus: Bus<RealtimeChannels>, house: House): () => void {
  const { inference, nodes, outbox } = house;
  const offs = [
    inference.onUpdate(({ taskId, accountId, status }) =>
      bus.publish("inference:updates", { taskId, accountId, status }),
    ),
    nodes.on((_, node) => {
      const { nodeId, ownerAccount: accountId } = node;
      bus.publish("node:metrics", { nodeId, accountId, ...stateOf(node) });
    }),
    outbox.listen(["inference.task_finished"], ({ payload }) => {
      for (const nodeId of nodeIdsOf(payload)) {
        const accountId = nodes.live().get(nodeId)?.ownerAccount;
        if (accountId !== undefined) bus.publish("revenue:updates", { accountId });
      }
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}
