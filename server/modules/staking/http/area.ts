import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import type { PageQuery, Staking } from "../staking.ts";

const pageQuery = z.strictObject({
  cursor: z.string().max(18).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
const pageOf = (query: unknown): PageQuery => {
  const { cursor, limit } = parse(pageQuery, query);
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
};

/** `/api/v1/staking`: metrics for everybody, records and rewards of the caller's own wallets. */
export function stakingArea(staking: Pick<Staking, "metrics" | "records" | "rewards">): RouteArea {
  function register(app: FastifyInstance): void {
    const metrics = { summary: "What is staked, what streams, and the realised rate with the transactions behind it" };
    app.get("/metrics", { config: { scope: "public", schema: metrics } }, () => staking.metrics());
    const records = { summary: "Stakes of this account's wallets, newest first", query: pageQuery };
    app.get("/records", { config: { scope: "read", schema: records } }, async (request) => {
      const page = await staking.records(request.principal.wallets, pageOf(request.query));
      return { data: page.data, next_cursor: page.nextCursor };
    });
    const rewards = {
      summary: "What this account's wallets can claim, when what unlocks, and past claims",
      query: pageQuery,
    };
    app.get("/rewards", { config: { scope: "read", schema: rewards } }, (request) =>
      staking.rewards(request.principal.wallets, pageOf(request.query)),
    );
  }
  return { area: "staking", prefix: "/api/v1/staking", register };
}
