import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import type { Settlement } from "../settlement.ts";

const listQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^[\x21-\x7e]{0,256}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** `/api/v1/receipts` and `/api/v1/tasks/{id}/receipt`: what each charge was made of. */
export function receiptsArea(settlement: Pick<Settlement, "receipt" | "receipts">): RouteArea {
  function register(app: FastifyInstance): void {
    app.get(
      "/receipts",
      { config: { scope: "read", schema: { summary: "Receipts of this account, newest first", query: listQuery } } },
      async (request) => {
        const { cursor, limit } = parse(listQuery, request.query);
        const page = await settlement.receipts(request.principal.accountId, {
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        return { data: page.data, next_cursor: page.nextCursor };
      },
    );
    app.get<{ Params: { id: string } }>(
      "/tasks/:id/receipt",
      { config: { scope: "read", schema: { summary: "The receipt of a task" } } },
      (request) => settlement.receipt(request.principal.accountId, request.params.id),
    );
  }
  return { area: "settlement", prefix: "/api/v1", register };
}
