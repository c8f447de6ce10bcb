/**
 * Transactional outbox: an event is committed with the change it reports and delivered at least once after it; a consumer's own
 * effect and its progress are one transaction, so the effect happens exactly once.
 */
import type { Contributor, Tx } from "#platform/pg";

export interface OutboxEvent {
  /** `area.event`, for instance `inference.task_finished` or `settlement.deposit_confirmed`. */
  topic: string;
  /** JSON; amounts as decimal strings. */
  payload: Record<string, unknown>;
}

/** Gets a run of events in commit order, inside the transaction that also records the consumer's progress. */
export type OutboxHandler = (tx: Tx, events: readonly OutboxEvent[]) => Promise<void>;

export interface Outbox {
  /** Contributor for the group-commit part `events` (an array of events). */
  contributor: Contributor<readonly OutboxEvent[]>;
  /** Writes events in a transaction of the caller's own. */
  publish(tx: Tx, events: readonly OutboxEvent[]): Promise<void>;
  /** A durable consumer with a cursor of its own. Register before `start`. */
  consume(consumer: string, topics: readonly string[], handler: OutboxHandler): void;
  /** A volatile listener in this process: after commit, in order; misses what is committed while the process is down. */
  listen(topics: readonly string[], listener: (event: OutboxEvent) => void): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Waits until every consumer and listener here has seen everything committed so far (tests, auditor, shutdown). */
  settled(): Promise<void>;
}
