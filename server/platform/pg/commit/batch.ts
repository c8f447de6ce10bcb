import type { Row } from "postgres";
import type { Statement } from "../commit.ts";
import type { Connection } from "./connection.ts";
import { decide, type EntryTable, has } from "./decide.ts";
import type { Job, Registered } from "./job.ts";

export type BatchResult =
  | { kind: "committed" }
  /** Rolled back; the connection is good. */
  | { kind: "failed"; error: unknown }
  /** The connection is gone. `commitSent` says that the transaction may have been committed. */
  | { kind: "lost"; error: unknown; commitSent: boolean };

/** In a transaction that has already failed; says nothing about the cause. */
const IN_FAILED_TRANSACTION = "25P02";

/**
 * The driver holds back what is shorter than a kilobyte for a turn of the event loop, which under load takes milliseconds, and sends it by
 * itself. So the last statement of a batch is that long, and leaves with those before it.
 */
const COMMIT = `COMMIT${" ".repeat(1_024)}`;

/** Errors that the server sends while it stays in business. Everything else (socket, driver, shutdown) spoils the connection. */
const isStatementError = (error: unknown): boolean => {
  const code = (error as { code?: unknown }).code;
  const fromServer = (error as { name?: unknown }).name === "PostgresError";
  return fromServer && typeof code === "string" && !/^(08|57P|25P03)/.test(code);
};

/** Sends all at once and waits for all; the error that tells most, if there was one. */
async function send(statements: readonly Statement[]): Promise<{ rows: Row[][]; error: unknown }> {
  const results = await Promise.allSettled(statements.map((statement) => statement.execute()));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  const telling =
    failures.find((reason) => !isStatementError(reason)) ??
    failures.find((reason) => reason.code !== IN_FAILED_TRANSACTION);
  return {
    rows: results.map((result) => (result.status === "fulfilled" ? (result.value as Row[]) : [])),
    error: telling ?? failures[0] ?? null,
  };
}

async function giveUp(connection: Connection, error: unknown, commitSent: boolean): Promise<BatchResult> {
  if (connection.lost() || !isStatementError(error)) return { kind: "lost", error, commitSent };
  const undone = await send([connection.tx`ROLLBACK`]);
  return undone.error === null ? { kind: "failed", error } : { kind: "lost", error: undone.error, commitSent: false };
}

async function lockAll(connection: Connection, jobs: readonly Job[], contributors: readonly Registered[]) {
  const { tx } = connection;
  const perContributor = contributors.map((c) => {
    const parts = jobs.filter((job) => has(job, c.name)).map((job) => job.unit[c.name]);
    return parts.length === 0 ? [] : (c.contributor.lock?.(tx, parts) ?? []);
  });
  const statements = perContributor.flat();
  // Without locks nothing is awaited, and BEGIN travels with the writes.
  const begun = send([tx`BEGIN`, ...statements]);
  if (statements.length === 0) return { begun, locked: perContributor.map(() => []), error: null };
  const { rows, error } = await begun;
  let at = 1;
  const locked = perContributor.map((own) => {
    at += own.length;
    return rows.slice(at - own.length, at);
  });
  return { begun, error, locked };
}

function writesOf(connection: Connection, table: EntryTable, contributors: readonly Registered[]): Statement[] {
  return contributors.flatMap((c, index) => {
    const rows = table[index] ?? [];
    const live = rows.map((row) => row.entry).filter((entry) => !entry.skipped);
    const refused = rows.flatMap(({ job, entry }) =>
      job.verdict.kind === "refused" && job.verdict.by === index
        ? [{ part: entry.part, error: job.verdict.error }]
        : [],
    );
    return [
      ...(live.length > 0 ? c.contributor.write(connection.tx, live) : []),
      ...(refused.length > 0 ? (c.contributor.writeRefused?.(connection.tx, refused) ?? []) : []),
    ];
  });
}

/**
 * One transaction: BEGIN and locks in one round trip, the decision in memory, writes and COMMIT in another. Leaves verdicts in the
 * jobs; does not settle them. Never throws.
 */
export async function runBatch(
  connection: Connection,
  jobs: readonly Job[],
  contributors: readonly Registered[],
): Promise<BatchResult> {
  try {
    const { begun, locked, error } = await lockAll(connection, jobs, contributors);
    if (error !== null) return await giveUp(connection, error, false);
    let writes: Statement[];
    try {
      writes = writesOf(connection, decide(jobs, contributors, locked), contributors);
    } catch (bug) {
      await begun;
      const undone = await send([connection.tx`ROLLBACK`]);
      return undone.error === null
        ? { kind: "failed", error: bug }
        : { kind: "lost", error: undone.error, commitSent: false };
    }
    const done = await send([...writes, connection.tx.unsafe(COMMIT)]);
    const failure = done.error ?? (await begun).error;
    if (failure !== null) return await giveUp(connection, failure, true);
    // A COMMIT of a transaction that had failed is answered ROLLBACK, and is no error to the driver.
    const answer = (done.rows.at(-1) as { command?: string } | undefined)?.command;
    return answer === "COMMIT"
      ? { kind: "committed" }
      : { kind: "failed", error: new Error(`COMMIT was answered ${answer}`) };
  } catch (bug) {
    return { kind: "lost", error: bug, commitSent: false };
  }
}
