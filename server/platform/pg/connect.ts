import postgres from "postgres";
import { installArrayTypes } from "./array-types.ts";
import { openSocket } from "./socket.ts";

// biome-ignore lint/complexity/noBannedTypes: the driver's own name for "no custom types"
export type Sql = postgres.Sql<{}>;

/** The role that serves; migrations grant it, table by table, what the server may do. */
export const SERVER_ROLE = "far_server";

export interface PoolConfig {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  /** Connections at most; default 20. */
  max?: number;
  /** Default 30. */
  idleTimeoutS?: number;
  /** Default 2. */
  connectTimeoutS?: number;
  /** Default 30 000. */
  statementTimeoutMs?: number;
  /** Shown in pg_stat_activity; default `far`. */
  applicationName?: string;
}

function open(config: PoolConfig, parameters: Record<string, string>): Sql {
  const url = new URL(config.url);
  const plainTcp =
    url.searchParams.get("sslmode") === null && !url.hostname.startsWith("/") && !url.hostname.includes(",");
  const target = { host: decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ""), port: Number(url.port || 5432) };
  const sql = postgres(config.url, {
    max: config.max ?? 20,
    idle_timeout: config.idleTimeoutS ?? 30,
    connect_timeout: config.connectTimeoutS ?? 2,
    onnotice: () => {},
    fetch_types: false,
    connection: {
      application_name: config.applicationName ?? "far",
      statement_timeout: config.statementTimeoutMs ?? 30_000,
      ...parameters,
    },
    ...(plainTcp ? { socket: () => openSocket(target) } : {}),
  } as postgres.Options<Record<string, never>>);
  installArrayTypes(sql);
  return sql;
}

/**
 * The serving pool. Every connection starts as {@link SERVER_ROLE}, which can neither change nor delete money's history.
 * The database must have been migrated once, which creates the role.
 */
export const connect = (config: PoolConfig): Sql => open(config, { role: SERVER_ROLE });

/** A pool as the user of the URL: for migrations, the auditor and backups. */
export const connectAsOwner = (config: PoolConfig): Sql => open(config, {});
