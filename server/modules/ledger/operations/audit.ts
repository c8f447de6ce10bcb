/**
 * Recomputes everything from history and compares. Reads whole tables, in one snapshot: for the auditor, not for requests.
 * Each check selects what is wrong as `finding` text; none selects anything when all is well.
 */
import type { Sql } from "#platform/pg";

/** Invariant 4: a reservation may stay open this long after its expiry. */
const SLACK = "5 minutes";
/** Findings kept per check; one fault can show in millions of rows. */
const FINDINGS_MAX = 50;

const projected = `
  SELECT account, sum(debits) AS debits, sum(credits) AS credits FROM (
    SELECT id AS account, debits, credits FROM ledger.accounts
    UNION ALL SELECT account, debits, credits FROM ledger.unfolded) AS all_of GROUP BY account`;

const openReservations = `
  SELECT r.* FROM ledger.reservations r WHERE NOT EXISTS (SELECT FROM ledger.resolutions s WHERE s.id = r.id)`;

const checks: Readonly<Record<string, string>> = {
  "balances are the sum of transfers": `
    WITH moved AS (
      SELECT account, sum(debits) AS debits, sum(credits) AS credits FROM (
        SELECT debit AS account, amount AS debits, 0 AS credits FROM ledger.transfers
        UNION ALL SELECT credit, 0, amount FROM ledger.transfers) AS sides GROUP BY account),
    projected AS (${projected})
    SELECT format('account %s: transfers say −%s +%s, its row says −%s +%s', coalesce(m.account, p.account),
      coalesce(m.debits, 0), coalesce(m.credits, 0), coalesce(p.debits, 0), coalesce(p.credits, 0)) AS finding
    FROM moved m FULL JOIN projected p ON p.account = m.account
    WHERE coalesce(m.debits, 0) <> coalesce(p.debits, 0) OR coalesce(m.credits, 0) <> coalesce(p.credits, 0)`,
  "reserved is the sum of open reservations": `
    WITH held AS (
      SELECT leg.account, sum(leg.amount) AS amount
      FROM (${openReservations}) AS o, unnest(o.accounts, o.amounts) AS leg (account, amount) GROUP BY leg.account)
    SELECT format('account %s: open reservations hold %s, its row says %s', coalesce(h.account, a.id), coalesce(h.amount, 0), coalesce(a.reserved, 0)) AS finding
    FROM held h FULL JOIN ledger.accounts a ON a.id = h.account
    WHERE coalesce(h.amount, 0) <> coalesce(a.reserved, 0)`,
  "no account is below its floor": `
    WITH projected AS (${projected})
    SELECT format('account %s: %s available', a.id, p.credits - p.debits - a.reserved) AS finding
    FROM ledger.accounts a JOIN projected p ON p.account = a.id
    WHERE a.floored AND p.credits - p.debits - a.reserved < 0`,
  "debits are credits, per asset": `
    WITH projected AS (${projected})
    SELECT format('asset %s: debits %s, credits %s', split_part(account, ':', 1), sum(debits), sum(credits)) AS finding
    FROM projected GROUP BY split_part(account, ':', 1) HAVING sum(debits) <> sum(credits)`,
  "a transfer stays in its asset": `
    SELECT format('transfer %s of %s: %s to %s', line, cause, debit, credit) AS finding
    FROM ledger.transfers WHERE split_part(debit, ':', 1) <> split_part(credit, ':', 1)`,
  "charged is at most reserved": `
    WITH charged AS (SELECT cause, debit, sum(amount) AS amount FROM ledger.transfers WHERE kind = 'charge' GROUP BY cause, debit),
    held AS (
      SELECT r.id, leg.account, leg.amount FROM ledger.reservations r JOIN ledger.resolutions s ON s.id = r.id AND s.kind = 'posted',
        unnest(r.accounts, r.amounts) AS leg (account, amount))
    SELECT format('reservation %s: charged %s to %s, posted reserve %s', c.cause, c.amount, c.debit, coalesce(h.amount::text, 'none')) AS finding
    FROM charged c LEFT JOIN held h ON h.id = c.cause AND h.account = c.debit
    WHERE h.amount IS NULL OR c.amount > h.amount`,
  "every direct transfer belongs to a set": `
    SELECT format('transfer %s of set %s', t.id, t.cause) AS finding FROM ledger.transfers t
    WHERE t.kind <> 'charge' AND NOT EXISTS (SELECT FROM ledger.transfer_sets s WHERE s.id = t.cause)`,
  "every resolution has a reservation": `
    SELECT format('resolution %s (%s)', s.id, s.kind) AS finding FROM ledger.resolutions s
    WHERE NOT EXISTS (SELECT FROM ledger.reservations r WHERE r.id = s.id)`,
  "no reservation is overdue": `
    SELECT format('reservation %s expired at %s', o.id, o.expires_at) AS finding FROM (${openReservations}) AS o
    WHERE o.expires_at < now() - interval '${SLACK}'`,
};

/** Findings as sentences; empty when all is well. */
export async function audit(sql: Sql): Promise<string[]> {
  return (await sql.begin("isolation level repeatable read read only", async (tx) => {
    await tx`SET LOCAL statement_timeout = 0`;
    const findings: string[] = [];
    for (const [rule, statement] of Object.entries(checks)) {
      const rows = await tx.unsafe<{ finding: string }[]>(`${statement} LIMIT ${FINDINGS_MAX}`);
      findings.push(...rows.map((row) => `${rule}: ${row.finding}`));
    }
    return findings;
  })) as string[];
}
