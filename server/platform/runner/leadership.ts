/**
 * One leader per name among all processes, by a session-level advisory lock. States of a candidate: waiting (tries every `retryMs`) →
 * leading (work runs, the connection is asked every `beatMs`) → when the connection is lost or the work ends: waiting again → stopped.
 *
 * The lock is gone the moment PostgreSQL drops the connection, which may be before we notice: for up to a beat two leaders can run.
 * So what a leader writes must be guarded by its own keys, as everything that moves money is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, openConnection, type Sql } from "#platform/pg";

export interface Leadership {
  /** Whether this process leads now. */
  leading(): boolean;
  /** Aborts the work, waits for it, gives the lock back. Idempotent. */
  stop(): Promise<void>;
}

export interface LeadershipOptions {
  /** Between tries to become leader, ms; default 1 000. */
  retryMs?: number;
  /** Between checks of the connection, ms; default 1 000. A check that takes five of them counts as lost. */
  beatMs?: number;
  /** Told when the work or the connection fails. */
  onError?: (error: unknown) => void;
}

async function tryLock(connection: Connection, name: string): Promise<boolean> {
  const [row] = await connection.tx<
    { won: boolean }[]
  >`SELECT pg_try_advisory_lock(hashtextextended(${`leader:${name}`}, 0)) AS won`;
  return row?.won === true;
}

/** Ends when the connection no longer answers, or the signal aborts. */
async function beat(connection: Connection, beatMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !connection.lost()) {
    await sleep(beatMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const late = sleep(5 * beatMs, "late", { ref: false });
    const answer = await Promise.race([
      connection.tx`SELECT 1`.then(
        () => "alive",
        () => "lost",
      ),
      late,
    ]);
    if (answer !== "alive") return;
  }
}

/**
 * Runs `work` while this process leads. `work` gets a signal that aborts when it must stop: leadership lost, or `stop` called. When it
 * returns or throws on its own, leadership is given back and sought again after `retryMs`.
 */
export function withLeadership(
  sql: Sql,
  name: string,
  work: (signal: AbortSignal) => Promise<void>,
  options: LeadershipOptions = {},
): Leadership {
  const { retryMs = 1_000, beatMs = 1_000, onError = () => {} } = options;
  const stopping = new AbortController();
  let leads = false;

  async function lead(connection: Connection): Promise<void> {
    const over = new AbortController();
    const abort = (): void => over.abort();
    stopping.signal.addEventListener("abort", abort, { once: true });
    leads = true;
    const watching = beat(connection, beatMs, over.signal).then(abort);
    try {
      await work(over.signal);
    } finally {
      leads = false;
      abort();
      stopping.signal.removeEventListener("abort", abort);
      await watching;
    }
  }

  async function campaign(): Promise<void> {
    let connection: Connection | null = null;
    while (!stopping.signal.aborted) {
      try {
        connection ??= await openConnection(sql);
        if (await tryLock(connection, name)) {
          const won = connection;
          connection = null;
          await lead(won).finally(() => won.close());
        } else if (connection.lost()) connection = null;
      } catch (error) {
        onError(error);
        await connection?.close();
        connection = null;
      }
      await sleep(retryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    await connection?.close();
  }

  const campaigning = campaign();
  return {
    leading: () => leads,
    async stop() {
      stopping.abort();
      await campaigning;
    },
  };
}
