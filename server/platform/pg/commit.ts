/**
 * Group commit: many units of work, one transaction.
 *
 * A unit is a set of parts by name (`funds`, `task`, `receipt`, `event` …), handed in together and committed together or not at all.
 * Each module contributes one handler per part; who submits names the part, never the module behind it. There is no timer: while one
 * batch commits, units gather; the next batch starts when the last commit returned. At concurrency 1 a unit therefore waits for nothing.
 *
 * A batch is: BEGIN and every contributor's `lock` (pipelined, one round trip) → `decide` in memory, in registration order →
 * every contributor's `write` and COMMIT (pipelined, one round trip).
 *
 * States of a unit: queued → in a batch → committed | refused (by a contributor's decide; the unit's other parts are not written) |
 * failed (the transaction failed; a batch of several is then retried unit by unit, so one bad unit harms only itself).
 * A connection lost at COMMIT leaves the outcome unknown: the unit is submitted again, and a contributor that finds its own earlier
 * record of the same id answers `replayed`, which skips the unit's other parts, since they were committed with it.
 *
 * `decide` must be a pure function of its arguments: when a later contributor stops a unit that an earlier one had counted in, the batch
 * is decided again without that unit.
 */
import type { PendingQuery, Row, TransactionSql } from "postgres";

export type Tx = TransactionSql<Record<string, never>>;
export type Statement = PendingQuery<Row[]>;

/** One unit's part as a contributor sees it. */
export interface Entry<Part, Out = void> {
  readonly part: Part;
  /** What earlier contributors answered for the same unit, by part name. */
  readonly outs: Readonly<Record<string, unknown>>;
  /** Set by `decide`; returned to the submitter under the part's name. */
  out?: Out;
  /** Stops the unit here: nothing of it is written. The submitter receives `error`. */
  refuse(error: Error): void;
  /** The unit was committed before under the same ids; nothing of it is written again, `out` still reaches the submitter. */
  replay(): void;
  /** True once refused or replayed. */
  readonly skipped: boolean;
}

export interface Contributor<Part, Out = void> {
  /** Statements that lock and read what the parts need, in a fixed global order so that batches cannot deadlock. */
  lock?(tx: Tx, parts: readonly Part[]): Statement[];
  /** Pure decision over what `lock` read (one result per statement, in order), over entries nobody stopped yet, in order of arrival. */
  decide?(entries: readonly Entry<Part, Out>[], locked: readonly Row[][]): void;
  /** Writes of the entries that were not skipped; set-based (`unnest`), never one statement per entry. */
  write(tx: Tx, entries: readonly Entry<Part, Out>[]): Statement[];
  /** What a refusal by this contributor must leave behind, for instance a record that makes its replay refused again. */
  writeRefused?(tx: Tx, refused: readonly { part: Part; error: Error }[]): Statement[];
  /** Called after a transaction with parts of this contributor was committed, before their submitters hear of it. Must not throw. */
  onCommitted?(): void;
}

export type Unit = Readonly<Record<string, unknown>>;
export type Outcome =
  | { ok: true; replayed: boolean; out: Readonly<Record<string, unknown>> }
  | { ok: false; error: Error };

export interface GroupCommit {
  /** Contributors run in the order they are registered. @throws Error if the part has one already */
  register<Part, Out>(part: string, contributor: Contributor<Part, Out>): void;
  /**
   * Queues a unit. Resolves when it is durable or refused.
   * @throws the database's error when the unit's own transaction failed; `overloaded` when the queue is full; `database_unavailable`
   * when it surely was not written, `outcome_unknown` when the connection was lost at COMMIT and did not come back in time
   */
  submit(unit: Unit): Promise<Outcome>;
  /** Units queued or in flight; admission sheds by it. */
  depth(): number;
  /** Resolves when everything queued is decided. */
  drain(): Promise<void>;
  /** Drains, then closes its connections. */
  close(): Promise<void>;
}

export interface GroupCommitOptions {
  /** Units in one transaction at most; default 512. */
  batchMax?: number;
  /** Transactions at once, each on a connection of its own; default 1. */
  inFlight?: number;
  /** Units waiting at most; beyond it `submit` throws `overloaded`. Default 10 000. */
  queueMax?: number;
  /** How long a unit waits for a lost database before it is given up, ms; default 10 000. */
  giveUpMs?: number;
  /** Told of each transaction, for metrics. */
  onBatch?: (batch: { units: number; durationMs: number; result: "committed" | "failed" | "lost" }) => void;
}
