import type { Balance, Page } from "@farlabs/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { coded } from "#kernel";
import { parse, type RouteArea } from "#platform/http";
import type { Ledger } from "../ledger.ts";
import { accountIds } from "../model/accountIds.ts";

const historyQuery = z.strictObject({
  wallet: z.string().max(42).optional(),
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** `/api/v1/user/balance` and `/api/v1/user/transfers`: the escrow wallets and credits of the caller's account. */
export function balanceArea(ledger: Pick<Ledger, "balances" | "history">): RouteArea {
  function register(app: FastifyInstance): void {
    app.get(
      "/balance",
      { config: { scope: "read", schema: { summary: "Balances of this account's wallets, and its VCU" } } },
      async (request): Promise<Page<Balance>> => {
        const { wallets, accountId } = request.principal;
        const accounts = [...wallets.map(accountIds.wallet), accountIds.credits(accountId)];
        const rows = await ledger.balances(accounts);
        const data = rows.map((row, i) => ({
          asset: row.asset === "vcu" ? ("VCU" as const) : ("FAR" as const),
          wallet: wallets[i] ?? null,
          available: row.available.toString(),
          reserved: row.reserved.toString(),
          frozen: row.frozen,
        }));
        return { data, next_cursor: null };
      },
    );
    app.get(
      "/transfers",
      {
        config: {
          scope: "read",
          schema: { summary: "Every movement of a wallet's money, newest first", query: historyQuery },
        },
      },
      async (request) => {
        const { wallet: asked, cursor, limit } = parse(historyQuery, request.query);
        const wallet = asked?.toLowerCase() ?? request.principal.wallets[0];
        if (wallet === undefined || !request.principal.wallets.includes(wallet)) {
          throw coded("not_found", { message: "This account has no such wallet.", param: "wallet" });
        }
        const page = await ledger.history(accountIds.wallet(wallet), {
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        const data = page.data.map((t) => ({
          id: t.id,
          debit: t.debit,
          credit: t.credit,
          amount: t.amount.toString(),
          kind: t.kind,
          at: t.at.toISOString(),
        }));
        return { data, next_cursor: page.nextCursor };
      },
    );
  }
  return { area: "ledger", prefix: "/api/v1/user", register };
}
