import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";

export interface Database {
  /** What durability rests on, as the server of the database says. */
  settings(): Promise<Record<string, string>>;
  /** How often the log was forced to disk since the cluster started. */
  walFsyncs(): Promise<number>;
  close(): Promise<void>;
}

/** The embedded cluster of a network's state folder, as its superuser. */
export async function openDatabase(stateDir: string): Promise<Database> {
  const dir = join(stateDir, "postgres");
  const read = (path: string): string => readFileSync(path, "utf8").trim();
  const place = existsSync(join(dir, "location")) ? read(join(dir, "location")) : dir;
  // Fourth line of postmaster.pid: the port.
  const port = Number(read(join(place, "data/postmaster.pid")).split("\n")[3]);
  const sql = postgres({
    host: "127.0.0.1",
    port,
    database: "far",
    username: "far",
    password: read(join(dir, "password")),
    max: 1,
    onnotice: () => {},
  });
  return {
    async settings() {
      const rows = await sql<{ name: string; setting: string }[]>`
        select name, setting from pg_settings
        where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version')`;
      return Object.fromEntries(rows.map((row) => [`postgres_${row.name}`, row.setting]));
    },
    async walFsyncs() {
      const [row] = await sql<{ fsyncs: string }[]>`
        select coalesce(sum(fsyncs), 0)::text as fsyncs from pg_stat_io where object = 'wal'`;
      return Number(row?.fsyncs ?? 0);
    },
    close: () => sql.end(),
  };
}
