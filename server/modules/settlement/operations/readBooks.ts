import type { Sql } from "#platform/pg";
import { unsettledWei } from "./capacity.ts";

/** What the database alone knows of how settlement stands. */
export async function readBooks(sql: Sql): Promise<{ openFindings: number; unsettledWei: bigint; lastEpoch: number }> {
  const [[row], unsettled] = await Promise.all([
    sql<{ open: string; last: string | null }[]>`
      SELECT (SELECT count(*) FROM settlement.findings WHERE resolved_at IS NULL) AS open,
        (SELECT max(epoch) FROM settlement.epochs WHERE status = 'settled') AS last`,
    unsettledWei(sql),
  ]);
  return { openFindings: Number(row?.open ?? 0), unsettledWei: unsettled, lastEpoch: Number(row?.last ?? 0) };
}
