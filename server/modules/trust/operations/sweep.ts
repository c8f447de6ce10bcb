import type { Context } from "./context.ts";

const DAY_MS = 86_400_000;

/** Forgets what may be kept no longer: evidence after 7 days, canaries and their answers after 7, measures that were scored after 7, bands after 30. */
export async function sweep({ sql, clock }: Pick<Context, "sql" | "clock">): Promise<void> {
  const now = clock.now();
  await sql`delete from trust.evidence where expires_at <= ${new Date(now)}`;
  await sql`delete from trust.canaries where created_at <= ${new Date(now - 7 * DAY_MS)}`;
  await sql`
    delete from trust.measures m where m.hour < ${new Date(now - 7 * DAY_MS)}
      and exists (select from trust.scores s where s.node_id = m.node_id and s.hour = m.hour)`;
  await sql`delete from trust.bytes_per_token where at <= ${new Date(now - 30 * DAY_MS)}`;
}
