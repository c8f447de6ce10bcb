import type { Row } from "postgres";
import type { Entry } from "../commit.ts";
import { GO, type Job, type Registered, type Verdict } from "./job.ts";

/** Results of the `lock` statements, per contributor. */
export type Locked = readonly (readonly Row[][])[];

export const has = (job: Job, name: string): boolean => job.unit[name] !== undefined;

/** A job's part as the contributor sees it; what it says goes into the job's verdict. */
function entryOf(job: Job, registered: Registered, by: number): Entry<unknown, unknown> {
  const { name } = registered;
  return {
    part: job.unit[name],
    get outs() {
      return job.out;
    },
    get out() {
      return job.out[name];
    },
    set out(value: unknown) {
      job.out[name] = value;
    },
    refuse(error) {
      job.verdict = { kind: "refused", by, error };
    },
    replay() {
      job.verdict = { kind: "replayed", by };
    },
    get skipped() {
      return job.verdict !== GO;
    },
  };
}

export type EntryTable = readonly (readonly { job: Job; entry: Entry<unknown, unknown> }[])[];

export const entriesOf = (jobs: readonly Job[], contributors: readonly Registered[]): EntryTable =>
  contributors.map((c, by) =>
    jobs.filter((job) => has(job, c.name)).map((job) => ({ job, entry: entryOf(job, c, by) })),
  );

/** Stopped by one contributor after another had already counted its part in. */
function wasCounted(job: Job, contributors: readonly Registered[]): boolean {
  const { verdict } = job;
  return verdict.kind !== "go" && contributors.slice(0, verdict.by).some((c) => has(job, c.name));
}

function pass(table: EntryTable, contributors: readonly Registered[], locked: Locked): void {
  contributors.forEach((c, index) => {
    const live = (table[index] ?? []).map((row) => row.entry).filter((entry) => !entry.skipped);
    if (live.length > 0) c.contributor.decide?.(live, locked[index] ?? []);
  });
}

/**
 * Lets every contributor decide, in registration order. A contributor decides in sequence (its second entry sees the effect of its
 * first), so a unit stopped later on must not have been counted: the pass is repeated without it, until no such unit is left. Each
 * repetition takes out at least one unit, so it ends.
 */
export function decide(jobs: readonly Job[], contributors: readonly Registered[], locked: Locked): EntryTable {
  const table = entriesOf(jobs, contributors);
  const fixed = new Map<Job, Verdict>();
  for (;;) {
    for (const job of jobs) {
      const verdict = fixed.get(job);
      job.verdict = verdict ?? GO;
      if (verdict === undefined) job.out = {};
    }
    pass(table, contributors, locked);
    const found = jobs.filter((job) => !fixed.has(job) && wasCounted(job, contributors));
    if (found.length === 0) return table;
    for (const job of found) fixed.set(job, job.verdict);
  }
}
