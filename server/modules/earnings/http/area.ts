import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import type { Earnings } from "../earnings.ts";

const listQuery = z.strictObject({
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
type ById = { Params: { id: string } };

/** `/api/v1/nodes/{id}/earnings`: the sum, row by row, and as CSV. */
export function earningsArea(earnings: Omit<Earnings, "area">): RouteArea {
  function register(app: FastifyInstance): void {
    app.get<ById>(
      "/:id/earnings",
      { config: { scope: "nodes", schema: { summary: "What a node earned: paid, pending, held, and why not" } } },
      (request) => earnings.summary(request.principal.accountId, request.params.id),
    );
    app.get<ById>(
      "/:id/earnings/tasks",
      {
        config: {
          scope: "nodes",
          schema: { summary: "A node's tasks, newest first, each paid or with its reason", query: listQuery },
        },
      },
      (request) => {
        const { cursor, limit } = parse(listQuery, request.query);
        const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
        return earnings.rows(request.principal.accountId, request.params.id, page);
      },
    );
    app.get<ById>(
      "/:id/earnings.csv",
      { config: { scope: "nodes", schema: { summary: "The same as CSV, times in UTC" } } },
      async (request, reply) => {
        const lines = await earnings.csv(request.principal.accountId, request.params.id);
        return reply
          .type("text/csv; charset=utf-8; header=present")
          .header("content-disposition", `attachment; filename="earnings-${request.params.id.slice(-8)}.csv"`)
          .send(Readable.from(lines));
      },
    );
  }
  return { area: "nodes", prefix: "/api/v1/nodes", register };
}
