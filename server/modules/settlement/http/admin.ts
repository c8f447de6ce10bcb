import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import type { Settlement } from "../settlement.ts";

const findingParams = z.strictObject({ key: z.string().min(1).max(256) });
const resolveBody = z.strictObject({
  /** What was found to be the cause, and why going on is right. */
  reason: z.string().trim().min(3).max(2_000),
});

/** `/api/v1/admin/audit` and `/api/v1/admin/findings`. */
export function adminArea(settlement: Pick<Settlement, "audit" | "findings" | "resolveFinding">): RouteArea {
  return {
    area: "settlement",
    prefix: "/api/v1/admin",
    register(app: FastifyInstance) {
      const schema = { summary: "Run the auditor: invariants 1–6 against database and chain" };
      for (const method of ["GET", "POST"] as const) {
        app.route({ method, url: "/audit", config: { scope: "admin", schema }, handler: () => settlement.audit() });
      }
      const list = { summary: "What settlement found: open first, then resolved, with who resolved it and why" };
      app.get("/findings", { config: { scope: "admin", schema: list } }, async () => ({
        data: await settlement.findings(),
      }));
      const resolve = {
        summary: "Close a finding; settlement goes on if it was the last that stopped it",
        body: resolveBody,
      };
      app.post("/findings/:key/resolve", { config: { scope: "admin", schema: resolve } }, (request) => {
        const { key } = parse(findingParams, request.params);
        const { reason } = parse(resolveBody, request.body);
        return settlement.resolveFinding(key, { actor: request.principal.accountId, reason });
      });
    },
  };
}
