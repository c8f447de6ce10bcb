import type { Contender } from "./contenders/contender.ts";
import type { Percentiles } from "./load/job.ts";
import type { Measured } from "./scenarios/run.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { median } from "./stats.ts";

/** Medians over the rounds, with the least and the most. */
export interface Summary {
  contender: string;
  label: string;
  perSecond: number;
  perSecondMin: number;
  perSecondMax: number;
  latencyMs: Percentiles;
  firstTextMs: Percentiles;
  /** Processor time of the contender per answer, µs. */
  cpuUsEach: number;
  /** Answers that were not right, in all rounds. */
  wrong: Record<string, number>;
  /** Ours as a multiple of this one: rate (more is better) and p99 (less is better). */
  oursToThis: { perSecond: number; p99: number };
}

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

function medians(all: readonly Percentiles[]): Percentiles {
  const of = (key: keyof Percentiles): number => round(median(all.map((p) => p[key])));
  return { p50: of("p50"), p90: of("p90"), p99: of("p99"), max: of("max") };
}

function merged(all: readonly Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of all) for (const [why, count] of Object.entries(one)) sum[why] = (sum[why] ?? 0) + count;
  return sum;
}

/** One summary per contender, ours first. */
export function summarise(measured: readonly Measured[], contenders: readonly Contender[]): Summary[] {
  const plain = measured.map(({ contender, rounds }) => {
    const rates = rounds.map((r) => r.perSecond);
    return {
      contender,
      label: contenders.find((c) => c.name === contender)?.label ?? contender,
      perSecond: round(median(rates), 1),
      perSecondMin: round(Math.min(...rates), 1),
      perSecondMax: round(Math.max(...rates), 1),
      latencyMs: medians(rounds.map((r) => r.latencyMs)),
      firstTextMs: medians(rounds.map((r) => r.firstTextMs)),
      cpuUsEach: round(median(rounds.map((r) => r.cpuUsEach)), 0),
      wrong: merged(rounds.map((r) => r.wrong)),
    };
  });
  const [ours] = plain;
  return plain.map((one) => ({
    ...one,
    oursToThis: {
      perSecond: round((ours?.perSecond ?? 0) / one.perSecond),
      p99: round((ours?.latencyMs.p99 ?? 0) / one.latencyMs.p99),
    },
  }));
}

/** Columns padded to their widest cell; the first to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n");
}

/** The table a person reads. */
export function renderScenario(scenario: Scenario, summaries: readonly Summary[]): string {
  const head = [
    "",
    "answers/s",
    "(min–max)",
    "p50 ms",
    "p99 ms",
    "CPU µs each",
    ...(scenario.isStream ? ["first text p50", "p99"] : []),
  ];
  const rows = summaries.map((s, i) => [
    s.label,
    String(s.perSecond),
    `(${s.perSecondMin}–${s.perSecondMax})`,
    String(s.latencyMs.p50),
    String(s.latencyMs.p99),
    String(s.cpuUsEach),
    ...(scenario.isStream ? [String(s.firstTextMs.p50), String(s.firstTextMs.p99)] : []),
    i === 0 ? "" : `${s.oursToThis.perSecond}×`,
    i === 0 ? "" : `${s.oursToThis.p99}×`,
  ]);
  const wrong = summaries.flatMap((s) =>
    Object.entries(s.wrong).map(([why, count]) => `! ${s.label}: ${count} × ${why}`),
  );
  return [
    `${scenario.name}: ${scenario.about}`,
    `${scenario.rounds} rounds of ${scenario.measureMs / 1_000} s, ${scenario.connections} connection${scenario.connections === 1 ? "" : "s"}, medians`,
    "",
    table([[...head, "our rate", "our p99"], ...rows]),
    ...wrong,
    "",
    ...scenario.notes.map((note) => `- ${note}`),
  ].join("\n");
}
