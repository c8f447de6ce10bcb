import type { Sql, Tx } from "#platform/pg";

/** halt: nothing is applied or settled while it is open. alert: somebody should act, but nothing is wrong. */
export type Severity = "halt" | "finding" | "alert";

export interface NewFinding {
  /** Names what was found. */
  key: string;
  code: string;
  detail: string;
  wallet?: string;
  /** Default `finding`. */
  severity?: Severity;
}

/** Writes down what happened once and should not have; the same again changes nothing, resolved or not. */
export async function recordFinding(sql: Sql | Tx, finding: NewFinding): Promise<void> {
  const { key, code, detail, wallet = null, severity = "finding" } = finding;
  await sql`
    INSERT INTO settlement.findings (key, code, detail, wallet, severity)
    VALUES (${key}, ${code}, ${detail}, ${wallet}, ${severity}) ON CONFLICT (key) DO NOTHING`;
}

/** Writes down a state that should not last: found again after it was resolved, it is open again. */
export async function raiseFinding(sql: Sql | Tx, finding: Omit<NewFinding, "wallet">): Promise<void> {
  const { key, code, detail, severity = "finding" } = finding;
  await sql`
    INSERT INTO settlement.findings AS f (key, code, detail, severity) VALUES (${key}, ${code}, ${detail}, ${severity})
    ON CONFLICT (key) DO UPDATE SET detail = excluded.detail, found_at = now(), resolved_at = NULL
    WHERE f.resolved_at IS NOT NULL`;
}

/** Closes a state that is over, by itself. */
export async function settleFinding(sql: Sql | Tx, key: string): Promise<void> {
  await sql`UPDATE settlement.findings SET resolved_at = now() WHERE key = ${key} AND resolved_at IS NULL`;
}

/** The first open finding that stops settlement. */
export async function haltedBy(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ detail: string }[]>`
    SELECT detail FROM settlement.findings WHERE severity = 'halt' AND resolved_at IS NULL ORDER BY found_at LIMIT 1`;
  return row?.detail ?? null;
}
