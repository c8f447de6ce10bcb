import { factorsOf, nextScore } from "../model/score.ts";
import { type Context, hourOf } from "./context.ts";

/** Measures of an hour may still be in some process's memory for so long after its end. */
const LATE_MS = 60_000;
const NODES_MAX = 1_000;

interface Due {
  node_id: string;
  score: string;
  online_ms: string;
  excused_ms: string;
  absent_ms: string;
  expected_ms: number;
  actual_ms: number;
  checks: number;
  against: number;
}

/**
 * Scores every hour that is over, the oldest first, each node once: the row of an hour is the lock, so two leaders or a crash in between
 * change nothing. An hour in which a node was not measured at all leaves its score as it is, and needs no row.
 * @returns how many node-hours were scored
 */
export async function scoreHours(context: Context): Promise<number> {
  const before = hourOf(context.clock.now() - LATE_MS);
  let scored = 0;
  for (;;) {
    const [next] = await context.sql<{ hour: Date }[]>`
      select m.hour from trust.measures m where m.hour < ${before}
        and not exists (select from trust.scores s where s.node_id = m.node_id and s.hour = m.hour)
      order by m.hour limit 1`;
    if (next === undefined) return scored;
    scored += await scoreHour(context, next.hour);
  }
}

async function scoreHour(context: Context, hour: Date): Promise<number> {
  const { sql } = context;
  const changed = (await sql.begin(async (tx) => {
    const due = await tx<Due[]>`
      select m.node_id, n.score, m.online_ms, m.excused_ms, m.absent_ms, m.expected_ms, m.actual_ms, m.checks, m.against
      from trust.measures m join trust.nodes n using (node_id)
      where m.hour = ${hour} and not exists (select from trust.scores s where s.node_id = m.node_id and s.hour = m.hour)
      order by m.node_id limit ${NODES_MAX} for update of n`;
    if (due.length === 0) {
      // Measures of a node that was never entered would be found due for ever.
      await tx`
        delete from trust.measures m where m.hour = ${hour} and not exists (select from trust.nodes n where n.node_id = m.node_id)`;
    }
    const scores: { nodeId: string; score: number }[] = [];
    for (const row of due) {
      const m = {
        onlineMs: Number(row.online_ms),
        excusedMs: Number(row.excused_ms),
        absentMs: Number(row.absent_ms),
        expectedMs: row.expected_ms,
        actualMs: row.actual_ms,
        checks: row.checks,
        against: row.against,
      };
      const factors = factorsOf(m);
      const score = nextScore(Number(row.score), factors);
      await tx`
        insert into trust.scores (node_id, hour, score_before, score_after, uptime, speed, accuracy,
                                  online_ms, excused_ms, absent_ms, expected_ms, actual_ms, checks, against)
        values (${row.node_id}, ${hour}, ${row.score}, ${score}, ${factors.uptime}, ${factors.speed}, ${factors.accuracy},
                ${m.onlineMs}, ${m.excusedMs}, ${m.absentMs}, ${m.expectedMs}, ${m.actualMs}, ${m.checks}, ${m.against})
        on conflict (node_id, hour) do nothing`;
      await tx`update trust.nodes set score = ${score} where node_id = ${row.node_id}`;
      scores.push({ nodeId: row.node_id, score });
    }
    return scores;
  })) as { nodeId: string; score: number }[];
  for (const { nodeId, score } of changed) await context.nodes.setScore(nodeId, score);
  return changed.length;
}
