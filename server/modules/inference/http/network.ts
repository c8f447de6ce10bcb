import type { NetworkStats } from "@farlabs/protocol";
import type { FastifyInstance } from "fastify";
import type { Models } from "#models";
import type { Nodes } from "#nodes";
import type { RouteArea } from "#platform/http";
import type { Inference } from "../inference.ts";

/** Public figures of the network, from memory and one query. */
export async function networkStats({
  inference,
  models,
  nodes,
}: {
  inference: Inference;
  models: Models;
  nodes: Nodes;
}): Promise<NetworkStats> {
  const totals = await nodes.totals();
  const free = [...nodes.live().values()].filter(
    (n) =>
      n.link !== null &&
      !n.draining &&
      n.status === "online" &&
      [...n.offers.values()].some((o) => o.inFlight < o.offer.slots),
  );
  const { pending, finishedPerSecond } = inference.running();
  return {
    total_nodes: totals.totalNodes,
    available_nodes: free.length,
    total_vram_gb: totals.totalVramGb,
    models_available: models
      .list()
      .map((m) => m.id)
      .filter((id) => nodes.serving(id).length > 0),
    average_node_score: Math.round(totals.averageScore * 100) / 100,
    pending_tasks: pending,
    throughput: Math.round(finishedPerSecond * 100) / 100,
  };
}

export function networkArea(deps: { inference: Inference; models: Models; nodes: Nodes }): RouteArea {
  function register(app: FastifyInstance): void {
    app.get("/stats", { config: { scope: "public", schema: { summary: "Nodes, models, queue and throughput" } } }, () =>
      networkStats(deps),
    );
    app.get(
      "/health",
      { config: { scope: "public", schema: { summary: "Whether the network can answer now" } } },
      async () => {
        const serving = deps.models.list().filter((m) => deps.nodes.serving(m.id).length > 0).length;
        return { status: serving > 0 ? "ok" : "no_nodes", models: serving, running: deps.inference.running().running };
      },
    );
  }
  return { area: "network", prefix: "/api/v1/network", register };
}
