import { fromNumeric, type Sql } from "#platform/pg";

/** Debits and credits per asset over all accounts, what is not folded included. */
export async function trialBalance(sql: Sql): Promise<{ asset: string; debits: bigint; credits: bigint }[]> {
  const rows = await sql<{ asset: string; debits: string; credits: string }[]>`
    SELECT split_part(account, ':', 1) AS asset, sum(debits) AS debits, sum(credits) AS credits FROM (
      SELECT id AS account, debits, credits FROM ledger.accounts
      UNION ALL SELECT account, debits, credits FROM ledger.unfolded) AS sides
    GROUP BY 1 ORDER BY 1`;
  return rows.map((row) => ({ asset: row.asset, debits: fromNumeric(row.debits), credits: fromNumeric(row.credits) }));
}
