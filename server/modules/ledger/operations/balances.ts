import { fromNumeric, type Sql, textArray } from "#platform/pg";
import type { AccountBalance } from "../ledger.ts";
import { assetOf } from "../model/account.ts";

interface BalanceRow {
  id: string;
  posted: string;
  reserved: string;
  frozen: boolean;
}

/** Balances in the order asked, what is appended but not folded included; one statement, so each is true at one moment. */
export async function balances(sql: Sql, accounts: readonly string[]): Promise<AccountBalance[]> {
  const rows = await sql<BalanceRow[]>`
    SELECT i.id,
           coalesce(a.credits - a.debits, 0) + coalesce(u.posted, 0) AS posted,
           coalesce(a.reserved, 0) AS reserved,
           coalesce(a.frozen, false) AS frozen
    FROM unnest(${textArray(accounts)}::text[]) WITH ORDINALITY AS i (id, place)
    LEFT JOIN ledger.accounts a ON a.id = i.id
    LEFT JOIN LATERAL (SELECT sum(credits) - sum(debits) AS posted FROM ledger.unfolded WHERE account = i.id) u ON true
    ORDER BY i.place`;
  return rows.map((row) => {
    const posted = fromNumeric(row.posted);
    const reserved = fromNumeric(row.reserved);
    return {
      account: row.id,
      asset: assetOf(row.id),
      available: posted - reserved,
      reserved,
      posted,
      frozen: row.frozen,
    };
  });
}
