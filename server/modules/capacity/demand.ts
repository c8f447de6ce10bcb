import { z } from "zod";
import type { OutboxHandler } from "#platform/outbox";
import { numberArray, type Sql, textArray } from "#platform/pg";
import type { Demand } from "./model/estimate.ts";

const WINDOW_HOURS = 24;
const KEPT_HOURS = 24 * 30;

/** What this module reads of the event; checks of the network's own are no demand. */
const finished = z.object({
  model: z.string(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  charge: z.string().regex(/^\d+$/),
  purpose: z.string().optional(),
});

interface Sum {
  tasks: number;
  inputTokens: number;
  outputTokens: number;
  chargeWei: bigint;
}

/** One statement per run of events, whatever their number. Charged tasks only: what nobody paid for feeds no node. */
export const addDemand: OutboxHandler = async (tx, events) => {
  const sums = new Map<string, Sum>();
  for (const event of events) {
    const task = finished.parse(event.payload);
    const chargeWei = BigInt(task.charge);
    if (chargeWei === 0n || task.purpose === "check") continue;
    const sum = sums.get(task.model) ?? { tasks: 0, inputTokens: 0, outputTokens: 0, chargeWei: 0n };
    sum.tasks += 1;
    sum.inputTokens += task.prompt_tokens;
    sum.outputTokens += task.completion_tokens;
    sum.chargeWei += chargeWei;
    sums.set(task.model, sum);
  }
  if (sums.size === 0) return;
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  await tx`
    insert into capacity.demand as d (hour, model, tasks, input_tokens, output_tokens, charge_wei)
    select date_trunc('hour', now()), * from unnest(
      ${textArray(rows.map(([model]) => model))}::text[], ${numberArray(rows.map(([, s]) => s.tasks))}::bigint[],
      ${numberArray(rows.map(([, s]) => s.inputTokens))}::bigint[], ${numberArray(rows.map(([, s]) => s.outputTokens))}::bigint[],
      ${numberArray(rows.map(([, s]) => s.chargeWei))}::numeric[])
    on conflict (hour, model) do update set
      tasks = d.tasks + excluded.tasks, input_tokens = d.input_tokens + excluded.input_tokens,
      output_tokens = d.output_tokens + excluded.output_tokens, charge_wei = d.charge_wei + excluded.charge_wei`;
};

/** Demand for a model over the last day; younger networks are counted over the hours they have seen. */
export async function readDemand(sql: Sql, model: string): Promise<Demand> {
  const [row] = await sql<{ hours: number; tasks: string; input: string; output: string; charge: string }[]>`
    select greatest(1, least(${WINDOW_HOURS}, ceil(extract(epoch from now() - (select min(hour) from capacity.demand)) / 3600)))::int as hours,
      coalesce(sum(tasks), 0) as tasks, coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output,
      coalesce(sum(charge_wei), 0) as charge
    from capacity.demand where model = ${model} and hour > now() - make_interval(hours => ${WINDOW_HOURS})`;
  if (row === undefined) throw new Error("an aggregate gives one row");
  return {
    hours: row.hours ?? 1,
    tasks: Number(row.tasks),
    inputTokens: Number(row.input),
    outputTokens: Number(row.output),
    chargeWei: BigInt(row.charge),
  };
}

/** Forgets hours that no estimate looks at. */
export async function forgetDemand(sql: Sql): Promise<void> {
  await sql`delete from capacity.demand where hour < now() - make_interval(hours => ${KEPT_HOURS})`;
}
