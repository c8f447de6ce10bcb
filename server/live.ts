import type { Inference } from "#inference";
import { accountIds, type Ledger } from "#ledger";
import type { LiveNode, Nodes } from "#nodes";
import type { Bus } from "#platform/bus";
import type { RealtimeChannels, RealtimeDeps } from "#realtime";

export type RealtimeBus = RealtimeChannels;

/** Translates what modules tell of themselves into what realtime shows. */
export function connectRealtime(deps: {
  bus: Bus<RealtimeBus>;
  inference: Inference;
  nodes: Nodes;
  ledger: Ledger;
  stats: () => Promise<{ available_nodes: number; pending_tasks: number; throughput: number }>;
}): Pick<RealtimeDeps, "tasks" | "nodes" | "network" | "revenue"> {
  const { bus, inference, nodes, ledger } = deps;
  const metricsOf = (node: LiveNode): Record<string, number> =>
    Object.fromEntries(Object.entries(node.telemetry).filter((e): e is [string, number] => typeof e[1] === "number"));
  const statusOf = (node: LiveNode) => (node.link === null ? "offline" : node.status);

  inference.onUpdate(({ taskId, accountId, status }) =>
    bus.publish("inference:updates", { taskId, accountId, status }),
  );
  nodes.on((event, node) => {
    const status = event === "gone" || event === "disconnected" ? "offline" : statusOf(node);
    bus.publish("node:metrics", {
      nodeId: node.nodeId,
      accountId: node.ownerAccount,
      status,
      metrics: metricsOf(node),
    });
  });

  return {
    tasks: {
      owner: (taskId) => inference.ownerOf(taskId),
      async status(taskId) {
        const accountId = await inference.ownerOf(taskId);
        if (accountId === null) return null;
        const task = await inference.task(accountId, taskId);
        const error = task.error === null ? {} : { error: task.error.code };
        const share = task.max_tokens > 0 ? Math.min(1, task.tokens_generated / task.max_tokens) : 0;
        return {
          status: task.status,
          progress: task.status === "completed" ? 1 : share,
          estimatedCompletion: null,
          ...error,
        };
      },
      watchTokens: (taskId, onText) => inference.watch(taskId, { onDelta: onText }) ?? (() => undefined),
    },
    nodes: {
      owner: (nodeId) => nodes.ownerOf(nodeId),
      async status(nodeId) {
        const live = nodes.live().get(nodeId);
        return live === undefined
          ? { status: "offline", metrics: {} }
          : { status: statusOf(live), metrics: metricsOf(live) };
      },
    },
    network: {
      async stats() {
        const s = await deps.stats();
        return { activeNodes: s.available_nodes, pendingTasks: s.pending_tasks, throughput: s.throughput };
      },
    },
    revenue: {
      async current(accountId) {
        const owners = await nodes.ownerWallets(accountId);
        const rows = await ledger.balances(owners.map(accountIds.owner));
        return rows.map((row) => ({ asset: "FAR", amount: row.posted.toString(), source: "inference" }));
      },
    },
  };
}
