import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import { appeal } from "../operations/appeals.ts";
import type { Context } from "../operations/context.ts";
import { scoreHistory, trustOf } from "../operations/reads.ts";

const historyQuery = z.strictObject({
  cursor: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(168).default(24),
});
const appealBody = z.strictObject({ text: z.string().trim().min(1).max(10_000) });
type ById = { Params: { id: string } };

/** `/api/v1/nodes/{id}/score`, `/trust`, `/appeals`. */
export function trustNodesArea(context: Context): RouteArea {
  function register(app: FastifyInstance): void {
    app.get<ById>(
      "/:id/score",
      {
        config: {
          scope: "public",
          schema: { summary: "A node's score by the hour, with everything to recompute it", query: historyQuery },
        },
      },
      (request) => {
        const { cursor, limit } = parse(historyQuery, request.query);
        return scoreHistory(context, request.params.id, {
          before: cursor === undefined ? null : new Date(cursor),
          limit,
        });
      },
    );
    app.get<ById>(
      "/:id/trust",
      { config: { scope: "nodes", schema: { summary: "Tier, checks and open cases of your node, and what to do" } } },
      (request) => trustOf(context, request.principal.accountId, request.params.id),
    );
    app.post<ById>(
      "/:id/appeals",
      {
        config: {
          scope: "nodes",
          schema: { summary: "Appeal against a suspension or a proposed slash", body: appealBody },
        },
      },
      async (request, reply) => {
        const { text } = parse(appealBody, request.body);
        const { caseId } = await appeal(context, {
          accountId: request.principal.accountId,
          nodeId: request.params.id,
          text,
        });
        return reply.code(201).send({ case_id: caseId, status: "appealed" });
      },
    );
  }
  return { area: "trust", prefix: "/api/v1/nodes", register };
}
