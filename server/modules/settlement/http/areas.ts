import "../errors.ts";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { coded } from "#kernel";
import { parse, type RouteArea } from "#platform/http";
import type { Settlement } from "../settlement.ts";

const epochParams = z.strictObject({ n: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/** `/api/v1/network`: what anybody may see. */
export function networkArea(settlement: Pick<Settlement, "solvency" | "epoch">): RouteArea {
  return {
    area: "settlement",
    prefix: "/api/v1/network",
    register(app: FastifyInstance) {
      const solvency = { summary: "Ledger and escrow contract, reconciled" };
      app.get("/solvency", { config: { scope: "public", schema: solvency } }, () => settlement.solvency());
      const epoch = { summary: "Totals of one epoch" };
      app.get("/epochs/:n", { config: { scope: "public", schema: epoch } }, async (request) => {
        const info = await settlement.epoch(parse(epochParams, request.params).n);
        if (info === null) throw coded("epoch_not_found");
        return info;
      });
    },
  };
}

/** `/api/v1/admin/audit`. */
export function auditArea(settlement: Pick<Settlement, "audit">): RouteArea {
  return {
    area: "settlement",
    prefix: "/api/v1/admin",
    register(app: FastifyInstance) {
      const schema = { summary: "Run the auditor: invariants 1–6 against database and chain" };
      for (const method of ["GET", "POST"] as const) {
        app.route({ method, url: "/audit", config: { scope: "admin", schema }, handler: () => settlement.audit() });
      }
    },
  };
}
