import type { Clock } from "#kernel";
import { numberArray, type Sql, textArray } from "#platform/pg";
import { type HourMeasures, NOTHING_MEASURED } from "../model/score.ts";
import { hourOf } from "./context.ts";

type Measured = HourMeasures & { tasks: number };
const NOTHING: Measured = { ...NOTHING_MEASURED, tasks: 0 };

/** Adds up in memory what is measured of nodes, by UTC hour; `flush` adds it to the table. */
export interface Measures {
  add(nodeId: string, part: Partial<Measured>): void;
  flush(): Promise<void>;
}

export function createMeasures({ sql, clock }: { sql: Sql; clock: Clock }): Measures {
  let pending = new Map<string, { nodeId: string; hour: Date; sum: Measured }>();

  function addTo(nodeId: string, hour: Date, part: Partial<Measured>): void {
    const key = `${nodeId}|${hour.getTime()}`;
    const known = pending.get(key) ?? { nodeId, hour, sum: { ...NOTHING } };
    pending.set(key, known);
    for (const [name, value] of Object.entries(part)) known.sum[name as keyof Measured] += value;
  }

  return {
    add: (nodeId, part) => addTo(nodeId, hourOf(clock.now()), part),
    async flush() {
      const rows = [...pending.values()];
      if (rows.length === 0) return;
      pending = new Map();
      try {
        await write(sql, rows);
      } catch (error) {
        for (const { nodeId, hour, sum } of rows) addTo(nodeId, hour, sum);
        throw error;
      }
    },
  };
}

async function write(sql: Sql, rows: readonly { nodeId: string; hour: Date; sum: Measured }[]): Promise<void> {
  const column = (name: keyof Measured): string => numberArray(rows.map((r) => r.sum[name]));
  await sql`
    insert into trust.measures as m (node_id, hour, online_ms, excused_ms, absent_ms, expected_ms, actual_ms, tasks, checks, against)
    select * from unnest(
      ${textArray(rows.map((r) => r.nodeId))}::text[], ${textArray(rows.map((r) => r.hour.toISOString()))}::timestamptz[],
      ${column("onlineMs")}::bigint[], ${column("excusedMs")}::bigint[], ${column("absentMs")}::bigint[],
      ${column("expectedMs")}::float8[], ${column("actualMs")}::float8[],
      ${column("tasks")}::int[], ${column("checks")}::int[], ${column("against")}::int[])
    on conflict (node_id, hour) do update set
      online_ms = m.online_ms + excluded.online_ms, excused_ms = m.excused_ms + excluded.excused_ms,
      absent_ms = m.absent_ms + excluded.absent_ms, expected_ms = m.expected_ms + excluded.expected_ms,
      actual_ms = m.actual_ms + excluded.actual_ms, tasks = m.tasks + excluded.tasks,
      checks = m.checks + excluded.checks, against = m.against + excluded.against`;
}
