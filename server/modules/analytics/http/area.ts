import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import { type Revenue, STREAM_TYPES } from "../revenue.ts";

const summaryQuery = z.strictObject({ days: z.coerce.number().int().min(1).max(366).default(30) });
const streamsQuery = z.strictObject({
  stream_type: z.enum(STREAM_TYPES).optional(),
  cursor: z.string().max(18).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** `/api/v1/revenue`: the network's totals for everybody, what the caller's own wallets earned for the caller. */
export function revenueArea(revenue: Pick<Revenue, "summary" | "streams">): RouteArea {
  function register(app: FastifyInstance): void {
    const network = { summary: "What the network's products brought, and who got it", query: summaryQuery };
    app.get("/network", { config: { scope: "public", schema: network } }, async (request) => {
      const { own: _, ...shown } = await revenue.summary([], parse(summaryQuery, request.query).days);
      return shown;
    });
    const summary = {
      summary: "Revenue by product, day and role: the network's, and this account's",
      query: summaryQuery,
    };
    app.get("/summary", { config: { scope: "read", schema: summary } }, (request) =>
      revenue.summary(request.principal.wallets, parse(summaryQuery, request.query).days),
    );
    const streams = { summary: "What this account's wallets earned, the newest first", query: streamsQuery };
    app.get("/streams", { config: { scope: "read", schema: streams } }, async (request) => {
      const { stream_type, cursor, limit } = parse(streamsQuery, request.query);
      const only = stream_type === undefined ? {} : { stream_type };
      const from = cursor === undefined ? {} : { cursor };
      const page = await revenue.streams(request.principal.wallets, { limit, ...only, ...from });
      return { data: page.data, next_cursor: page.nextCursor };
    });
  }
  return { area: "revenue", prefix: "/api/v1/revenue", register };
}
