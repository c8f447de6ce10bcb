import { textArray } from "#platform/pg";
import type { Amount, DayRow, RevenueSummary, Role, StreamType } from "../revenue.ts";
import type { Context } from "./context.ts";

const DAY_MS = 86_400_000;

interface SumRow {
  day: string;
  stream_type: StreamType;
  role: Role;
  far: string;
  /** Exact dollars; decimal with up to 26 places. */
  usd: string;
  internal: string;
  internal_usd: string;
}

/** Exact sums of dollars: 26 decimals as one integer. */
const DECIMALS = 26;
function toScaled(usd: string): bigint {
  const [whole = "0", fraction = ""] = usd.split(".");
  return BigInt(whole + fraction.padEnd(DECIMALS, "0"));
}
const MICRO = 10n ** 20n;
function toText(scaled: bigint): string {
  const microUsd = (scaled / MICRO).toString().padStart(7, "0");
  return `${microUsd.slice(0, -6)}.${microUsd.slice(-6)}`;
}

function total(rows: readonly SumRow[], part: "far" | "internal" = "far"): Amount {
  const usdOf = (row: SumRow): string => (part === "far" ? row.usd : row.internal_usd);
  return {
    amount_far: rows.reduce((sum, row) => sum + BigInt(row[part]), 0n).toString(),
    amount_usd: toText(rows.reduce((sum, row) => sum + toScaled(usdOf(row)), 0n)),
  };
}

const dayRow = (row: SumRow): DayRow => ({
  ...{ day: row.day, stream_type: row.stream_type, role: row.role },
  ...total([row]),
});

/** Midnight UTC, `days` days with today. */
function startOf({ clock }: Context, days: number): Date {
  const nowMs = clock.now();
  return new Date(nowMs - (nowMs % DAY_MS) - (days - 1) * DAY_MS);
}

/** Rows without a rate count in FAR only. */
const sums = ({ sql }: Context) => sql`
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day, stream_type, role, sum(amount_far)::text as far,
  coalesce(sum(amount_usd), 0)::text as usd, sum(amount_far_internal)::text as internal,
  coalesce(sum(amount_usd * amount_far_internal / nullif(amount_far, 0)), 0)::numeric(78,26)::text as internal_usd`;

/** What tasks brought and who got it. What stakers claimed is left out: it is the stakers' part a second time. */
export async function readNetwork(context: Context, days: number): Promise<RevenueSummary["network"]> {
  const rows = await context.sql<SumRow[]>`
    select ${sums(context)} from analytics.revenue_streams
    where created_at >= ${startOf(context, days)} and role <> 'staker' group by day, stream_type, role order by day, stream_type, role`;
  const of = (role: Role): Amount => total(rows.filter((row) => row.role === role));
  const streams = [...new Set(rows.map((row) => row.stream_type))];
  return {
    total: total(rows),
    paid_by_treasury: total(rows, "internal"),
    by_role: { operators: of("operator"), stakers: of("stakers"), treasury: of("treasury") },
    by_stream: Object.fromEntries(streams.map((s) => [s, total(rows.filter((row) => row.stream_type === s))])),
    by_day: rows.map(dayRow),
  };
}

/** What these wallets earned as operators and claimed as stakers. */
export async function readOwn(
  context: Context,
  wallets: readonly string[],
  days: number,
): Promise<RevenueSummary["own"]> {
  const rows = await context.sql<SumRow[]>`
    select ${sums(context)} from analytics.revenue_streams
    where created_at >= ${startOf(context, days)} and wallet = any(${textArray(wallets)}::text[]) and wallet <> ''
    group by day, stream_type, role order by day, stream_type, role`;
  const of = (role: Role): Amount => total(rows.filter((row) => row.role === role));
  return { operator: of("operator"), staker: of("staker"), by_day: rows.map(dayRow) };
}

/** First and last moment of a summary. */
export function rangeOf(context: Context, days: number): { from: string; to: string } {
  return { from: startOf(context, days).toISOString(), to: new Date(context.clock.now()).toISOString() };
}
