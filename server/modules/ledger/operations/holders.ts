import type { Sql } from "#platform/pg";

/** Accounts whose id begins so and that hold something; cold ones, whose rows are whole. */
export async function holders(sql: Sql, prefix: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT id FROM ledger.accounts WHERE id LIKE ${`${prefix}%`} AND credits > debits ORDER BY id`;
  return rows.map((row) => row.id);
}
