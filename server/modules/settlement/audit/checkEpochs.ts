import type { Sql } from "#platform/pg";
import type { Finding } from "../settlement.ts";
import type { Checked } from "./sources.ts";

/** Invariants 2 and 6: receipts add up to their epochs, epochs to their debits and credits; and what settlement itself found. */
export async function checkEpochs(sql: Sql): Promise<Checked> {
  const [nodes, epochs, open, counts] = await Promise.all([
    sql<{ task_id: string }[]>`
      SELECT task_id FROM settlement.receipts r WHERE operator_wei <>
        (SELECT coalesce(sum((n ->> 'amountWei')::numeric), 0) FROM jsonb_array_elements(r.nodes) n) LIMIT 100`,
    sql<{ epoch: string; what: string }[]>`
      SELECT e.epoch, CASE
        WHEN r.tasks <> e.task_count OR r.charge <> e.declared_wei THEN 'receipts'
        WHEN d.debits <> e.declared_wei THEN 'debits'
        WHEN coalesce(c.credits, 0) + e.stakers_wei + e.treasury_wei <> e.declared_wei THEN 'credits'
        WHEN r.operator <> coalesce(c.credits, 0) OR r.stakers <> e.stakers_wei THEN 'split'
        WHEN e.status = 'settled' AND e.funded_wei <> e.declared_wei AND NOT EXISTS
          (SELECT 1 FROM settlement.findings f WHERE f.key = 'treasury:' || e.epoch) THEN 'funding' END AS what
      FROM settlement.epochs e
      JOIN LATERAL (SELECT count(*) AS tasks, sum(charge_wei) AS charge, sum(operator_wei) AS operator,
        sum(stakers_wei) AS stakers FROM settlement.receipts WHERE epoch = e.epoch) r ON true
      JOIN LATERAL (SELECT sum(amount_wei) AS debits FROM settlement.epoch_debits WHERE epoch = e.epoch) d ON true
      LEFT JOIN LATERAL (SELECT sum(amount_wei) AS credits FROM settlement.epoch_credits WHERE epoch = e.epoch) c ON true`,
    sql<{ code: string; detail: string }[]>`
      SELECT code, detail FROM settlement.findings WHERE resolved_at IS NULL ORDER BY found_at LIMIT 100`,
    sql<{ receipts: string; epochs: string }[]>`
      SELECT (SELECT count(*) FROM settlement.receipts) AS receipts, (SELECT count(*) FROM settlement.epochs) AS epochs`,
  ]);
  const findings: Finding[] = [
    ...nodes.map((r) => ({
      invariant: 2,
      code: "receipt_nodes",
      detail: `${r.task_id}: nodes are not the operator's part`,
    })),
    ...epochs.flatMap(({ epoch, what }) =>
      what === null ? [] : [{ invariant: 6, code: "epoch_sums", detail: `epoch ${epoch}: its ${what} do not add up` }],
    ),
    ...open.map(({ code, detail }) => ({ invariant: 0, code, detail })),
  ];
  return {
    checked: `2, 6: ${counts[0]?.receipts} receipts in ${counts[0]?.epochs} epochs, and open findings`,
    findings,
  };
}
