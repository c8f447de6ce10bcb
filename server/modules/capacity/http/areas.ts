import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Clock } from "#kernel";
import { parse, type RouteArea } from "#platform/http";
import type { Capacity } from "../capacity.ts";
import type { Held } from "../model/autoscale.ts";

const estimateQuery = z.strictObject({
  gpu_model: z.string().min(1).max(128),
  /** GB. */
  vram: z.coerce.number().min(0).max(100_000),
  model: z.string().min(1).max(256),
  slots: z.coerce.number().int().min(1).max(1_024).default(4),
  tokens_per_second: z.coerce.number().positive().max(1_000_000).optional(),
});

/** `/api/v1/nodes/estimate`. */
export function estimateArea(capacity: Pick<Capacity, "estimate">): RouteArea {
  return {
    area: "nodes",
    prefix: "/api/v1/nodes",
    register(app: FastifyInstance) {
      const schema = {
        summary: "What a GPU and model would earn at present demand (an estimate)",
        query: estimateQuery,
      };
      app.get("/estimate", { config: { scope: "public", schema } }, (request) => {
        const q = parse(estimateQuery, request.query);
        return capacity.estimate({
          ...{ gpuModel: q.gpu_model, vramGb: q.vram, model: q.model, slots: q.slots },
          ...(q.tokens_per_second === undefined ? {} : { tokensPerSecond: q.tokens_per_second }),
        });
      });
    },
  };
}

interface AutoscaleDeps {
  signal(): Held["signal"];
  held(): Held | null;
  clock: Pick<Clock, "monotonic">;
}

/** `/api/v1/network/autoscale`. */
export function autoscaleArea({ signal, held, clock }: AutoscaleDeps): RouteArea {
  return {
    area: "network",
    prefix: "/api/v1/network",
    register(app: FastifyInstance) {
      const schema = { summary: "Whether the network wants more nodes or fewer" };
      app.get("/autoscale", { config: { scope: "public", schema } }, async () => {
        const now = signal();
        const before = held();
        const stands = before !== null && before.signal.change === now.change;
        return {
          utilisation: Math.round(now.utilisation * 1e4) / 1e4,
          change: now.change,
          stands_s: stands ? Math.round((clock.monotonic() - before.sinceMs) / 1000) : 0,
          told: before?.told ?? 0,
        };
      });
    },
  };
}
