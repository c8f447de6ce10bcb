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

export interface ReceiptsAreaDeps {
  settlement: Pick<Settlement, "receipt" | "receipts" | "nodeReceipt">;
  /** @throws what the caller is told when the node is not the account's */
  mustOwnNode: (accountId: string, nodeId: string) => Promise<unknown>;
}

/** What each charge was made of: for who paid at `receipts` and `tasks/{id}/receipt`, for who earned at `nodes/{id}/receipts/{task}`. */
export function receiptsArea({ settlement, mustOwnNode }: ReceiptsAreaDeps): RouteArea {
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
      { config: { scope: "read", schema: { summary: "The receipt of a task, with everything to check it by" } } },
      (request) => settlement.receipt(request.principal.accountId, request.params.id),
    );
    app.get<{ Params: { id: string; task: string } }>(
      "/nodes/:id/receipts/:task",
      {
        config: { scope: "nodes", schema: { summary: "The receipt of a task that paid this node, without its payer" } },
      },
      async (request) => {
        const { id, task } = request.params;
        await mustOwnNode(request.principal.accountId, id);
        return settlement.nodeReceipt(id, task);
      },
    );
  }
  return { area: "settlement", prefix: "/api/v1", register };
}
