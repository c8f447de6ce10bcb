import { type Sql, textArray } from "#platform/pg";
import type { NettedEpoch } from "../model/netEpoch.ts";
import { payeesTree, type RootedPayee } from "../model/payeesTree.ts";

export interface RootedEpoch {
  /** Null where the epoch publishes no root. */
  root: `0x${string}` | null;
  leaves: readonly `0x${string}`[];
  /** Those that this epoch adds to, with their new sums. */
  added: { payee: string; amountWei: bigint; cumulativeWei: bigint }[];
}

/** Everybody's sum as of an epoch. */
export async function readCumulative(sql: Sql, epoch: bigint): Promise<RootedPayee[]> {
  const rows = await sql<{ payee: string; wei: string }[]>`
    SELECT DISTINCT ON (payee) payee, cumulative_wei AS wei FROM settlement.epoch_rooted
    WHERE epoch <= ${String(epoch)} ORDER BY payee, epoch DESC`;
  return rows.map((row) => ({ payee: row.payee, cumulativeWei: BigInt(row.wei) }));
}

async function sumsOf(sql: Sql, payees: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await sql<{ payee: string; wei: string }[]>`
    SELECT DISTINCT ON (payee) payee, cumulative_wei AS wei FROM settlement.epoch_rooted
    WHERE payee = ANY(${textArray(payees)}::text[]) ORDER BY payee, epoch DESC`;
  return new Map(rows.map((row) => [row.payee, BigInt(row.wei)]));
}

/** A disputed root is never claimed by: the next epoch publishes a root again, whether it adds to it or not. */
async function mustRepublish(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ disputed: boolean }[]>`
    SELECT disputed FROM settlement.epochs WHERE payees_root IS NOT NULL ORDER BY epoch DESC LIMIT 1`;
  return row?.disputed ?? false;
}

/** The cumulative tree as the next epoch leaves it. */
export async function rootEpoch(sql: Sql, epoch: bigint, rooted: NettedEpoch["rooted"]): Promise<RootedEpoch> {
  if (rooted.length === 0 && !(await mustRepublish(sql))) return { root: null, leaves: [], added: [] };
  const before = await sumsOf(
    sql,
    rooted.map((r) => r.payee),
  );
  const added = rooted.map((r) => ({ ...r, cumulativeWei: (before.get(r.payee) ?? 0n) + r.amountWei }));
  const sums = new Map((await readCumulative(sql, epoch - 1n)).map((p) => [p.payee, p.cumulativeWei]));
  for (const { payee, cumulativeWei } of added) sums.set(payee, cumulativeWei);
  const { root, leaves } = await payeesTree([...sums].map(([payee, cumulativeWei]) => ({ payee, cumulativeWei })));
  return { root, leaves, added };
}
