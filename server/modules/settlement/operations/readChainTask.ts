import type { Clock } from "#kernel";
import type { Sql } from "#platform/pg";

/** Completions that may wait at a time: what is under way within the margin that every task is left with, several times over. */
const WAITING_MAX = 400;

/** A task that its user put on chain; `open` while it may still pay for an answer and has paid for none, and while completions do not pile up. Null for one that is not mirrored. */
export async function readChainTask(
  { sql, clock }: { sql: Sql; clock: Clock },
  id: string,
): Promise<{ wallet: string; open: boolean } | null> {
  const [row] = await sql<{ wallet: string; open: boolean }[]>`
    SELECT t.wallet, t.state = 'open' AND t.usable_until > ${new Date(clock.now())} AND NOT EXISTS (
      SELECT FROM settlement.receipts r WHERE r.payer_wallet = 'task:' || t.id AND r.epoch IS NULL)
      AND (SELECT count(*) FROM (SELECT FROM settlement.receipts
        WHERE payer_wallet LIKE 'task:%' AND epoch IS NULL LIMIT ${WAITING_MAX}) w) < ${WAITING_MAX} AS open
    FROM settlement.chain_tasks t WHERE t.id = ${id}`;
  return row ?? null;
}
