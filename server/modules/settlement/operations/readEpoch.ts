import type { Sql } from "#platform/pg";
import type { EpochInfo } from "../settlement.ts";

interface Row {
  epoch: string;
  status: EpochInfo["status"];
  receipts_root: string;
  task_count: number;
  declared_wei: string;
  funded_wei: string | null;
  stakers_wei: string;
  treasury_wei: string;
  treasury_debit_wei: string;
  rooted_wei: string;
  payees_root: string | null;
  claimable_at: Date | null;
  disputed: boolean;
  payers: string;
  payees: string;
  holds: string;
  tx_hash: string | null;
  block_number: string | null;
  prepared_at: Date;
  settled_at: Date | null;
}

/** Totals of an epoch; nothing of who paid whom. */
export async function readEpoch(sql: Sql, epoch: number): Promise<EpochInfo | null> {
  const [row] = await sql<Row[]>`
    SELECT e.*, (SELECT count(*) FROM settlement.epoch_debits d WHERE d.epoch = e.epoch) AS payers,
      (SELECT count(*) FROM settlement.epoch_credits c WHERE c.epoch = e.epoch) AS payees,
      (SELECT count(*) FROM settlement.epoch_holds h WHERE h.epoch = e.epoch) AS holds
    FROM settlement.epochs e WHERE e.epoch = ${epoch}`;
  if (row === undefined) return null;
  return {
    epoch: Number(row.epoch),
    status: row.status,
    receipts_root: row.receipts_root,
    task_count: row.task_count,
    declared: row.declared_wei,
    funded: row.funded_wei,
    stakers: row.stakers_wei,
    treasury: row.treasury_wei,
    treasury_debit: row.treasury_debit_wei,
    payers: Number(row.payers),
    payees: Number(row.payees),
    holds: Number(row.holds),
    rooted: row.rooted_wei,
    payees_root: row.payees_root,
    payees_root_claimable_at: row.claimable_at?.toISOString() ?? null,
    payees_root_disputed: row.disputed,
    transaction_hash: row.tx_hash,
    block: row.block_number,
    prepared_at: row.prepared_at.toISOString(),
    settled_at: row.settled_at?.toISOString() ?? null,
  };
}
