import { creditsRequest } from "@farlabs/protocol";
import type { FastifyInstance } from "fastify";
import { coded, newId } from "#kernel";
import { idempotencyKey, parse, type RouteArea } from "#platform/http";
import type { Ledger } from "../ledger.ts";
import { accountIds } from "../model/accountIds.ts";

export interface CreditsAreaDeps {
  ledger: Pick<Ledger, "grantCredits" | "balance">;
  accountExists: (accountId: string) => Promise<boolean>;
  /** Called before the answer, so that the next request here pays in VCU; other processes hear the event a moment later. */
  onGranted: (accountId: string) => void;
}

/** `/api/v1/admin/credits`: VCU for an account, recorded with who granted them and why. */
export function creditsArea({ ledger, accountExists, onGranted }: CreditsAreaDeps): RouteArea {
  function register(app: FastifyInstance): void {
    app.post(
      "/credits",
      { config: { scope: "admin", schema: { summary: "Grant VCU to an account", body: creditsRequest } } },
      async (request, reply) => {
        const { account, vcu, reason } = parse(creditsRequest, request.body);
        if (!(await accountExists(account)))
          throw coded("not_found", { message: "There is no such account.", param: "account" });
        const by = request.principal.accountId;
        // The caller's key names the grant, so that a repetition grants nothing even when its stored answer is gone.
        const key = idempotencyKey(request);
        const id = key === null ? newId("grant") : `${by}:${key}`;
        await ledger.grantCredits({ id, accountId: account, vcu: BigInt(vcu), reason, by });
        onGranted(account);
        const { available, reserved } = await ledger.balance(accountIds.credits(account));
        reply.code(201);
        return { id, account, vcu, available: available.toString(), reserved: reserved.toString() };
      },
    );
  }
  return { area: "ledger", prefix: "/api/v1/admin", register };
}
