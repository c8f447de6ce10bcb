/**
 * Migrations are plain SQL files, `0001_name.sql`, one folder per module, forward only, one transaction each. A file that was applied
 * may never change: a changed one is an error, since two databases of the same version would then differ.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { TransactionSql } from "postgres";
import { SERVER_ROLE, type Sql } from "./connect.ts";

export interface MigrationSet {
  /** Postgres schema, created when missing. */
  schema: string;
  /** Folder of the files; its parent's name tells sets of one schema apart. */
  dir: string;
}

interface Migration {
  set: string;
  schema: string;
  name: string;
  text: string;
  checksum: string;
}

/** Any constant: one migrator at a time per database. */
const LOCK = 7_216_001;

const setName = (set: MigrationSet): string => `${set.schema}/${basename(dirname(set.dir))}`;

async function read(set: MigrationSet): Promise<Migration[]> {
  const names = (await readdir(set.dir)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(set.dir, name), "utf8");
      return {
        set: setName(set),
        schema: set.schema,
        name,
        text,
        checksum: createHash("sha256").update(text).digest("hex"),
      };
    }),
  );
}

/** Roles belong to the cluster, so another database's migrator may be making the same one right now. */
async function prepare(sql: Sql): Promise<void> {
  await sql.unsafe(`
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVER_ROLE}') THEN CREATE ROLE ${SERVER_ROLE} NOLOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
    DO $$ BEGIN
      IF NOT pg_has_role(current_user, '${SERVER_ROLE}', 'SET') THEN GRANT ${SERVER_ROLE} TO CURRENT_USER; END IF;
    END $$;`);
  await sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${LOCK})`;
    await tx.unsafe(`
      CREATE SCHEMA IF NOT EXISTS platform;
      GRANT USAGE ON SCHEMA platform TO ${SERVER_ROLE};
      CREATE TABLE IF NOT EXISTS platform.migrations (
        set text NOT NULL, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (set, name));
      GRANT SELECT ON platform.migrations TO ${SERVER_ROLE};`);
  });
}

// biome-ignore lint/complexity/noBannedTypes: the driver's own name for "no custom types"
type AnyTx = TransactionSql<{}>;

async function applied(tx: AnyTx, set: string): Promise<Map<string, string>> {
  const rows = await tx<
    { name: string; checksum: string }[]
  >`SELECT name, checksum FROM platform.migrations WHERE set = ${set}`;
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

/** One file, one transaction. The lock is taken anew each time, so two migrators share the work file by file. */
async function apply(sql: Sql, migration: Migration): Promise<boolean> {
  const { set, schema, name, text, checksum } = migration;
  return sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${LOCK})`;
    const done = await applied(tx, set);
    const known = done.get(name);
    if (known === checksum) return false;
    if (known !== undefined)
      throw new Error(`migration ${set}/${name} was changed after it was applied; add a new file instead`);
    const later = [...done.keys()].filter((other) => other > name).sort()[0];
    if (later !== undefined)
      throw new Error(`migration ${set}/${name} comes before ${later}, which was already applied`);
    await tx.unsafe(`CREATE SCHEMA IF NOT EXISTS "${schema}"; GRANT USAGE ON SCHEMA "${schema}" TO ${SERVER_ROLE};
      SET LOCAL search_path = "${schema}", public; SET LOCAL statement_timeout = 0;`);
    try {
      await tx.unsafe(text);
    } catch (error) {
      throw new Error(`migration ${set}/${name} failed: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    await tx`INSERT INTO platform.migrations (set, name, checksum) VALUES (${set}, ${name}, ${checksum})`;
    return true;
  }) as Promise<boolean>;
}

/**
 * Applies what is missing and checks what was applied. Connect with `connectAsOwner`: the serving role may not create tables.
 * @returns the files applied now, as `schema/module/0001_name.sql`
 * @throws Error when an applied file was changed, a file comes out of order, or its SQL fails (nothing of that file then stays)
 */
export async function migrate(sql: Sql, sets: readonly MigrationSet[]): Promise<string[]> {
  await prepare(sql);
  const now: string[] = [];
  for (const set of sets) {
    for (const migration of await read(set)) {
      if (await apply(sql, migration)) now.push(`${migration.set}/${migration.name}`);
    }
  }
  return now;
}

async function setsUnder(dir: string, schemaOf: (folder: string) => string): Promise<MigrationSet[]> {
  const folders = await readdir(dir, { withFileTypes: true });
  const found: MigrationSet[] = [];
  for (const folder of folders.filter((entry) => entry.isDirectory()).sort((a, b) => a.name.localeCompare(b.name))) {
    const files = join(dir, folder.name, "migrations");
    if (
      await readdir(files).then(
        (names) => names.some((name) => name.endsWith(".sql")),
        () => false,
      )
    ) {
      found.push({ schema: schemaOf(folder.name), dir: files });
    }
  }
  return found;
}

/**
 * Every set of a server folder: `platform/<part>/migrations` (all in schema `platform`) and `modules/<m>/migrations` (each in its own).
 */
export const findMigrations = async (serverDir: string): Promise<MigrationSet[]> => [
  ...(await setsUnder(join(serverDir, "platform"), () => "platform")),
  ...(await setsUnder(join(serverDir, "modules"), (module) => module)),
];
