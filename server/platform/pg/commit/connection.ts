import net from "node:net";
import postgres from "postgres";
import type { Tx } from "../commit.ts";
import type { Sql } from "../connect.ts";
import { openSocket, targetOf } from "../socket.ts";

/** A connection that lives once: when it is lost, nothing sent to it afterwards reaches a database. */
export interface Connection {
  tx: Tx;
  lost(): boolean;
  close(): Promise<void>;
}

/**
 * Session settings of a committing connection. A process stopped inside a transaction must not keep its locks (idle timeout), and a
 * row that another one holds must not stop every batch (lock timeout). Hot statements look up by key, whatever the batch's size: one
 * plan serves (planning each anew costs 0.1 ms a statement), and it must use the index, though the tables may be empty when it is made.
 */
const session = {
  application_name: "far group commit",
  idle_in_transaction_session_timeout: 10_000,
  lock_timeout: 2_000,
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  plan_cache_mode: "force_generic_plan",
};

type Serializer = (value: unknown) => unknown;

/**
 * The driver loses count of pipelined answers when a parameter cannot be serialised, and a COMMIT behind it would keep half a batch.
 * So nothing throws here: such a value becomes one that the server refuses (NUL is in no text), which aborts the transaction.
 */
const guarded = (serializers: Record<string, Serializer>): Record<string, Serializer> =>
  Object.fromEntries(
    Object.entries(serializers).map(([type, serialize]) => [
      type,
      (value: unknown) => {
        try {
          return serialize(value);
        } catch {
          return "\u0000";
        }
      },
    ]),
  );

/** A socket that fails as soon as it is used. */
function deadSocket(): net.Socket {
  const socket = new net.Socket();
  setImmediate(() => socket.destroy(new Error("this connection was lost and is not opened again")));
  return socket;
}

/**
 * Opens a connection of its own with the pool's settings.
 *
 * The pool's own reconnecting would be wrong here: statements of a batch queued behind a lost BEGIN would run on the new connection,
 * outside of any transaction. So the socket is given out once, and the second time it is dead.
 */
export async function openConnection(pool: Sql): Promise<Connection> {
  const options = pool.options as unknown as Record<string, unknown> & {
    host: string[];
    port: number[];
    path?: string | false;
    connection: object;
    serializers: Record<string, Serializer>;
    parsers: object;
    shared: object;
    transform: object;
  };
  const target = targetOf(options);
  let opened = false;
  let lost = false;
  const client = postgres({
    ...options,
    shared: { ...options.shared, retries: 0 },
    parameters: {},
    serializers: guarded(options.serializers),
    parsers: { ...options.parsers },
    transform: { ...options.transform, undefined: null },
    connection: { ...options.connection, ...session },
    max: 1,
    idle_timeout: null,
    max_lifetime: null,
    backoff: () => 0,
    socket: () => {
      if (opened || target === null) return deadSocket();
      opened = true;
      return openSocket(target);
    },
    onclose: () => {
      lost = true;
    },
  } as unknown as postgres.Options<Record<string, never>>);
  try {
    await client`SELECT 1`;
  } catch (error) {
    await client.end({ timeout: 0 });
    throw error;
  }
  return {
    tx: client as unknown as Tx,
    lost: () => lost,
    close: () => client.end({ timeout: lost ? 0 : 1 }),
  };
}
