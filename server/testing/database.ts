import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, inject } from "vitest";
import { connect, connectAsOwner, type Sql } from "#platform/pg";
import { withDatabase } from "./context.ts";

export interface TestDatabase {
  url: string;
  /** The serving pool, with the rights the server has. */
  sql: Sql;
  /** A pool with all rights, for set-up and inspection. */
  owner: Sql;
}

/** Connections still open to the database, as text; waits a moment for those that are closing. */
async function leaks(admin: postgres.Sql, database: string): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const rows =
      await admin`SELECT application_name, state, left(query, 80) AS query FROM pg_stat_activity WHERE datname = ${database}`;
    if (rows.length === 0 || attempt === 40) {
      return rows.map((row) => `${row.application_name} (${row.state}): ${row.query}`);
    }
    await sleep(25);
  }
}

/**
 * A migrated database for this test file, dropped after its tests. Call it at the top of the file: `const db = await testDatabase();`.
 * What the tests open (pools, group commits, consumers) they must close; a connection left over fails the file.
 * @throws Error naming the migration that failed
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { adminUrl, template, failure } = inject("testCluster");
  if (failure !== null) throw new Error(failure);
  const admin = postgres(adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  const database = `far_test_${process.pid}_${randomBytes(4).toString("hex")}`;
  await admin.unsafe(`CREATE DATABASE ${database} TEMPLATE ${template}`);
  const url = withDatabase(adminUrl, database);
  const sql = connect({ url, max: 10 });
  const owner = connectAsOwner({ url, max: 3 });
  afterAll(async () => {
    await Promise.all([sql.end({ timeout: 2 }), owner.end({ timeout: 2 })]);
    const left = await leaks(admin, database);
    await admin.unsafe(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await admin.end();
    if (left.length > 0) throw new Error(`the tests left connections open:\n${left.join("\n")}`);
  });
  return { url, sql, owner };
}
