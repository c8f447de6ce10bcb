/** All runs of the scenarios, on as many threads as are given, and what they come to. */
import { Worker } from "node:worker_threads";
import type { Outcome } from "./play.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

export interface WorkerJob {
  scenario: string;
  seeds: readonly number[];
}

export interface Row {
  name: string;
  about: string;
  runs: number;
  /** Share of runs in which a cheat's case was confirmed by a second owner, and in which it was at least suspended or watched; null without a cheat. */
  caught: number | null;
  suspected: number | null;
  /** From the first dishonest answer to the confirmed case, in runs that caught it. */
  audits: Spread | null;
  tasks: Spread | null;
  /** The cheat's score at the end, and the share of tasks it got, against an equal share as 1. */
  score: number | null;
  share: number | null;
  /** Tokens that checkers read for each token that users got, until the run ended. */
  read: number;
  honest: { nodeHours: number; watched: number; suspended: number; slashed: number };
  freezes: number;
}
export interface Spread {
  p50: number;
  p90: number;
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: at(sorted, 0.5), p90: at(sorted, 0.9) };
}
const mean = (values: readonly number[]): number => values.reduce((n, v) => n + v, 0) / Math.max(1, values.length);
const digits = (value: number, count = 3): number => Number(value.toFixed(count));

/** What the runs of one scenario come to. */
export function rowOf({ name, about }: Pick<Scenario, "name" | "about">, outcomes: readonly Outcome[]): Row {
  const of = (role: string) =>
    outcomes.flatMap((o) => o.nodes.filter((n) => n.role === role).map((node) => ({ node, run: o })));
  const [cheats, honest] = [of("cheat"), of("honest")];
  const caught = cheats.flatMap(({ node }) => (node.slashedAfter ? [{ node, after: node.slashedAfter }] : []));
  const suspected = cheats.filter(({ node }) => node.watched > 0);
  const count = (is: (node: Outcome["nodes"][number]) => boolean): number =>
    honest.filter(({ node }) => is(node)).length;
  const shareOf = ({ node, run }: (typeof cheats)[number]) =>
    (node.tasks * run.nodes.length) / run.nodes.reduce((n, other) => n + other.tasks, 0);
  return {
    name,
    about,
    runs: outcomes.length,
    caught: cheats.length === 0 ? null : digits(caught.length / cheats.length),
    suspected: cheats.length === 0 ? null : digits(suspected.length / cheats.length),
    audits: spreadOf(caught.map(({ node, after }) => after.checks - node.honestChecks)),
    tasks: spreadOf(caught.map(({ node, after }) => after.tasks - node.honestTasks)),
    score: cheats.length === 0 ? null : digits(mean(cheats.map(({ node }) => node.score)), 1),
    share: cheats.length === 0 ? null : digits(mean(cheats.map(shareOf)), 2),
    read: digits(mean(outcomes.map((o) => o.readShare))),
    honest: {
      nodeHours: Math.round(honest.reduce((n, { run }) => n + run.hours, 0)),
      watched: count((n) => n.watched > 0),
      suspended: count((n) => n.suspendedAfter !== null),
      slashed: count((n) => n.slashedAfter !== null),
    },
    freezes: outcomes.filter((o) => o.freezes > 0).length,
  };
}

function runWorker(jobs: WorkerJob[], hear: (job: WorkerJob, outcomes: Outcome[]) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    let current: WorkerJob | undefined;
    const next = (): void => {
      current = jobs.shift();
      if (current) return worker.postMessage(current);
      void worker.terminate();
      resolve();
    };
    worker.on("message", (outcomes: Outcome[]) => {
      if (current) hear(current, outcomes);
      next();
    });
    worker.on("error", reject);
    next();
  });
}

/** @param options.threads - 0 runs in this thread's workers, one */
export async function simulate(options: {
  runs: number;
  threads: number;
  only?: readonly string[];
  say(line: string): void;
}): Promise<Row[]> {
  const { runs, threads, only, say } = options;
  const scenarios = SCENARIOS.filter((s) => only === undefined || only.includes(s.name));
  const seeds = Array.from({ length: runs }, (_, i) => i + 1);
  const parts = Array.from({ length: Math.max(1, threads) }, (_, t) =>
    seeds.filter((s) => s % Math.max(1, threads) === t),
  );
  const jobs = scenarios.flatMap(({ name }) =>
    parts.filter((p) => p.length > 0).map((part) => ({ scenario: name, seeds: part })),
  );
  const found = new Map<string, Outcome[]>();
  await Promise.all(
    Array.from({ length: Math.max(1, threads) }, () =>
      runWorker(jobs, ({ scenario }, outcomes) => {
        found.set(scenario, [...(found.get(scenario) ?? []), ...outcomes]);
        const row = rowOf({ name: scenario, about: "" }, found.get(scenario) ?? []);
        if (row.runs === runs) say(JSON.stringify(row));
      }),
    ),
  );
  return scenarios.map((scenario) => rowOf(scenario, found.get(scenario.name) ?? []));
}
