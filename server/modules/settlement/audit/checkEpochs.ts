import type { Sql } from "#platform/pg";
import type { Finding } from "../settlement.ts";
import { type Checked, many } from "./sources.ts";

/** Every epoch there can be. */
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };

/**
 * Invariants 2 and 6: receipts add up to their epochs, epochs to what they debit and credit; of the epochs `from` up to and without `to`,
 * and of the receipts that wait.
 */
export async function checkSums(sql: Sql, { from, to }: { from: number; to: number } = ALL): Promise<Checked> {
  const within = sql`(r.epoch IS NULL OR r.epoch >= ${from} AND r.epoch < ${to})`;
  const [nodes, epochs, counts] = await Promise.all([
    sql<{ task_id: string }[]>`
      SELECT task_id FROM settlement.receipts r WHERE operator_wei <>
        (SELECT coalesce(sum((n ->> 'amountWei')::numeric), 0) FROM jsonb_array_elements(r.nodes) n) AND ${within} LIMIT 100`,
    sql<{ epoch: string; what: string | null }[]>`
      SELECT e.epoch, CASE
        WHEN r.tasks <> e.task_count OR r.charge <> e.declared_wei THEN 'receipts'
        WHEN l.leaves <> e.task_count THEN 'leaves'
        WHEN d.wei + e.treasury_debit_wei <> e.declared_wei THEN 'debits'
        WHEN c.wei + h.wei + e.rooted_wei + e.stakers_wei + e.treasury_wei <> e.declared_wei THEN 'credits'
        WHEN o.wei <> e.rooted_wei THEN 'rooted payees'
        WHEN n.wei <> r.operator OR r.operator <> c.wei + h.wei + e.rooted_wei OR r.stakers <> e.stakers_wei THEN 'split'
        WHEN e.status = 'settled' AND e.funded_wei <> e.declared_wei AND NOT EXISTS
          (SELECT 1 FROM settlement.findings f WHERE f.key = 'treasury:' || e.epoch) THEN 'funding' END AS what
      FROM settlement.epochs e
      JOIN LATERAL (SELECT count(*) AS tasks, sum(charge_wei) AS charge, sum(operator_wei) AS operator,
        sum(stakers_wei) AS stakers FROM settlement.receipts WHERE epoch = e.epoch) r ON true
      LEFT JOIN LATERAL (SELECT length(receipts) / 32 AS leaves FROM settlement.epoch_leaves WHERE epoch = e.epoch) l ON true
      JOIN LATERAL (SELECT coalesce(sum(amount_wei), 0) AS wei FROM settlement.epoch_debits WHERE epoch = e.epoch) d ON true
      JOIN LATERAL (SELECT coalesce(sum(amount_wei), 0) AS wei FROM settlement.epoch_credits WHERE epoch = e.epoch) c ON true
      JOIN LATERAL (SELECT coalesce(sum(amount_wei), 0) AS wei FROM settlement.epoch_holds WHERE epoch = e.epoch) h ON true
      JOIN LATERAL (SELECT coalesce(sum(amount_wei), 0) AS wei FROM settlement.epoch_rooted WHERE epoch = e.epoch) o ON true
      JOIN LATERAL (SELECT coalesce(sum(amount_wei), 0) AS wei FROM settlement.epoch_nodes WHERE epoch = e.epoch) n ON true
      WHERE e.epoch >= ${from} AND e.epoch < ${to}`,
    sql<{ receipts: string; epochs: string }[]>`
      SELECT (SELECT count(*) FROM settlement.receipts r WHERE ${within}) AS receipts,
        (SELECT count(*) FROM settlement.epochs WHERE epoch >= ${from} AND epoch < ${to}) AS epochs`,
  ]);
  const findings: Finding[] = [
    ...nodes.map(({ task_id }) => ({
      ...{ invariant: 2, code: "receipt_nodes", detail: `${task_id}: nodes are not the operator's part` },
    })),
    ...epochs.flatMap(({ epoch, what }) =>
      what === null ? [] : [{ invariant: 6, code: "epoch_sums", detail: `epoch ${epoch}: its ${what} do not add up` }],
    ),
  ];
  return {
    checked: `2, 6: ${many(Number(counts[0]?.receipts), "receipt")} in ${many(Number(counts[0]?.epochs), "epoch")}`,
    findings,
  };
}

/** What settlement itself found and nobody has resolved; alerts ask for something, and break nothing. */
export async function checkFindings(sql: Sql): Promise<Checked> {
  const open = await sql<{ code: string; detail: string }[]>`
    SELECT code, detail FROM settlement.findings WHERE resolved_at IS NULL AND severity <> 'alert' ORDER BY found_at LIMIT 100`;
  return { checked: "0: open findings", findings: open.map((finding) => ({ invariant: 0, ...finding })) };
}
