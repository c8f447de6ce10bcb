import type { OutboxEvent } from "#platform/outbox";
import type { Sql, Tx } from "#platform/pg";
import type { CreditGrant } from "../ledger.ts";
import { accountIds } from "../model/accountIds.ts";
import { transfer } from "./transfer.ts";

export const CREDITS_GRANTED = "ledger.credits_granted";

export interface GrantDeps {
  sql: Sql;
  publish: (tx: Tx, events: readonly OutboxEvent[]) => Promise<void>;
}

/** The transfer, who granted it and why, and the event: one transaction. A replay writes nothing. */
export function grantCredits({ sql, publish }: GrantDeps, grant: CreditGrant): Promise<{ replayed: boolean }> {
  const { accountId, vcu, reason, by } = grant;
  const id = `credits:${grant.id}`;
  return sql.begin(async (begun) => {
    const tx = begun as unknown as Tx;
    const done = await transfer(tx, id, [
      { id, debit: "vcu:source", credit: accountIds.credits(accountId), amount: vcu, kind: "credits" },
    ]);
    if (done.replayed) return done;
    await tx`
      INSERT INTO ledger.credit_grants (id, account_id, amount, reason, granted_by)
      VALUES (${id}, ${accountId}, ${vcu.toString()}, ${reason}, ${by})`;
    await publish(tx, [
      { topic: CREDITS_GRANTED, payload: { account_id: accountId, vcu: vcu.toString(), reason, by } },
    ]);
    return done;
  }) as Promise<{ replayed: boolean }>;
}
