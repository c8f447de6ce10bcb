import type { Sql, Tx } from "#platform/pg";

export interface NewFinding {
  /** The same finding again changes nothing. */
  key: string;
  code: string;
  detail: string;
  wallet?: string;
  /** Stops listener and settler until a person has resolved it. */
  halts?: boolean;
}

/** Writes down what should not have happened. */
export async function recordFinding(sql: Sql | Tx, finding: NewFinding): Promise<void> {
  const { key, code, detail, wallet = null, halts = false } = finding;
  await sql`
    INSERT INTO settlement.findings (key, code, detail, wallet, halts)
    VALUES (${key}, ${code}, ${detail}, ${wallet}, ${halts}) ON CONFLICT (key) DO NOTHING`;
}

/** The first open finding that stops settlement. */
export async function haltedBy(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ detail: string }[]>`
    SELECT detail FROM settlement.findings WHERE halts AND resolved_at IS NULL ORDER BY found_at LIMIT 1`;
  return row?.detail ?? null;
}
