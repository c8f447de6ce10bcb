import { type Sql, type Tx, textArray } from "#platform/pg";
import { ensureAccounts } from "../sql/changeAccounts.ts";
import { lockAccounts } from "../sql/lockAccounts.ts";

/** Of how many appended rows, oldest first, the accounts are folded at once. */
const ROWS_MAX = 20_000;

/**
 * Moves what was appended to these accounts into their rows, under their locks; `alsoLock` are others that the caller will need, taken
 * here so that all are locked in one order. Each appended row is moved once: who finds it deleted by another passes over it.
 */
export async function foldAccounts(
  tx: Tx,
  accounts: readonly string[],
  alsoLock: readonly string[] = [],
): Promise<number> {
  await ensureAccounts(tx, accounts);
  await lockAccounts(tx, [...new Set([...accounts, ...alsoLock])], []);
  const moved = await tx`
    WITH taken AS (
      DELETE FROM ledger.unfolded WHERE account = ANY (${textArray(accounts)}::text[]) RETURNING account, debits, credits
    ), summed AS (
      SELECT account, sum(debits) AS debits, sum(credits) AS credits, count(*) AS rows FROM taken GROUP BY account
    )
    UPDATE ledger.accounts a SET debits = a.debits + s.debits, credits = a.credits + s.credits
    FROM summed s WHERE a.id = s.account
    RETURNING s.rows`;
  return moved.reduce((sum, row) => sum + Number((row as { rows: string }).rows), 0);
}

/**
 * Folds every hot account, in one transaction: nothing on the way of a task waits for their locks, so they may be held a little longer,
 * while a commit per account would cost a disk write each. Safe beside other processes: they queue on the locks, in one order.
 */
export async function fold(sql: Sql): Promise<void> {
  const accounts = await sql<{ account: string }[]>`
    SELECT DISTINCT account FROM (SELECT account FROM ledger.unfolded ORDER BY seq LIMIT ${ROWS_MAX}) AS oldest ORDER BY account`;
  if (accounts.length === 0) return;
  await sql.begin((tx) =>
    foldAccounts(
      tx as unknown as Tx,
      accounts.map((row) => row.account),
    ),
  );
}
