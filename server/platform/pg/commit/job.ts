import type { Contributor, Outcome, Unit } from "../commit.ts";

/** What was decided about a unit. `by` is the index of the contributor that stopped it. */
export type Verdict = { kind: "go" } | { kind: "refused"; by: number; error: Error } | { kind: "replayed"; by: number };

export const GO: Verdict = { kind: "go" };

/** A unit on its way. */
export interface Job {
  readonly unit: Unit;
  readonly queuedAtMs: number;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
  verdict: Verdict;
  out: Record<string, unknown>;
  /** COMMIT was sent on a connection that was then lost: it may have been recorded. */
  inDoubt: boolean;
  /** Own transactions that failed by a passing cause (deadlock, lock timeout). */
  retries: number;
}

/** A contributor with its types erased; the part's name ties it to its entries. */
export interface Registered {
  name: string;
  contributor: Contributor<unknown, unknown>;
}

export function settle(job: Job): void {
  const { verdict, out } = job;
  if (verdict.kind === "refused") job.resolve({ ok: false, error: verdict.error });
  else job.resolve({ ok: true, replayed: verdict.kind === "replayed", out });
}
