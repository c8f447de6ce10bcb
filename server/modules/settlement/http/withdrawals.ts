import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parse, type RouteArea } from "#platform/http";
import type { Settlement } from "../settlement.ts";

const withdrawBody = z.strictObject({
  wallet: z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be 0x and 40 hex digits"),
  /** Wei of FAR, above zero. */
  amount: z.string().regex(/^[1-9][0-9]{0,29}$/, "must be wei as a decimal string, above zero"),
});
const listQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^[\x21-\x7e]{0,256}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/**
 * `/api/v1/withdrawals`: signed vouchers, with which the contract pays a wallet at once. The scope `withdraw` belongs to sessions signed by
 * a wallet alone: no API key, and nothing made from one, ever holds it.
 */
export function withdrawalsArea(settlement: Pick<Settlement, "withdraw" | "withdrawal" | "withdrawals">): RouteArea {
  function register(app: FastifyInstance): void {
    const create = {
      summary: "Set FAR aside and sign a voucher that the contract pays to your wallet",
      body: withdrawBody,
    };
    app.post("/", { config: { scope: "withdraw", schema: create } }, async (request, reply) => {
      const { wallet, amount } = parse(withdrawBody, request.body);
      const view = await settlement.withdraw({ principal: request.principal, wallet, amountWei: BigInt(amount) });
      return reply.code(201).send(view);
    });
    const list = { summary: "Withdrawals of this account, newest first", query: listQuery };
    app.get("/", { config: { scope: "withdraw", schema: list } }, async (request) => {
      const { cursor, limit } = parse(listQuery, request.query);
      const page = await settlement.withdrawals(request.principal.accountId, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { data: page.data, next_cursor: page.nextCursor };
    });
    app.get<{ Params: { id: string } }>(
      "/:id",
      { config: { scope: "withdraw", schema: { summary: "A withdrawal and what became of it" } } },
      (request) => settlement.withdrawal(request.principal.accountId, request.params.id),
    );
  }
  return { area: "settlement", prefix: "/api/v1/withdrawals", register };
}
