import type { Sql } from "#platform/pg";
import type { FindingView } from "../settlement.ts";

const FINDINGS_MAX = 200;

interface Row {
  key: string;
  code: string;
  detail: string;
  wallet: string | null;
  severity: FindingView["severity"];
  found_at: Date;
  resolved_at: Date | null;
  resolutions: { actor: string; reason: string; at: string }[] | null;
}

const toView = ({ found_at, resolved_at, resolutions, ...row }: Row): FindingView => ({
  ...row,
  found_at: found_at.toISOString(),
  resolved_at: resolved_at?.toISOString() ?? null,
  resolutions: (resolutions ?? []).map((r) => ({ ...r, at: new Date(r.at).toISOString() })),
});

/** Open findings first, then those resolved, newest first. */
export async function readFindings(sql: Sql, key: string | null = null): Promise<FindingView[]> {
  const rows = await sql<Row[]>`
    SELECT f.key, f.code, f.detail, f.wallet, f.severity, f.found_at, f.resolved_at, (
      SELECT jsonb_agg(jsonb_build_object('actor', r.actor, 'reason', r.reason, 'at', r.at) ORDER BY r.seq)
      FROM settlement.finding_resolutions r WHERE r.key = f.key) AS resolutions
    FROM settlement.findings f WHERE ${key}::text IS NULL OR f.key = ${key}
    ORDER BY f.resolved_at IS NOT NULL, f.found_at DESC, f.key LIMIT ${FINDINGS_MAX}`;
  return rows.map(toView);
}
