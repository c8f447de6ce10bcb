import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort, tempDir, testDatabase } from "./index.ts";

const db = await testDatabase();
const other = await testDatabase();

test("the serving pool has the server's role, the owner's pool has not", async () => {
  const [served] = await db.sql`SELECT current_user AS name`;
  const [owned] = await db.owner`SELECT current_user AS name`;
  expect(served?.name).toBe("far_server");
  expect(owned?.name).not.toBe("far_server");
});

test("every module's migrations are applied", async () => {
  const rows = await db.sql<{ set: string }[]>`SELECT DISTINCT set FROM platform.migrations`;
  expect(rows.map((row) => row.set)).toContain("ledger/ledger");
});

test("two databases do not see each other's rows", async () => {
  await db.owner`CREATE TABLE only_here (id int)`;
  const [row] = await other.owner`SELECT to_regclass('only_here') AS found`;
  expect(row?.found).toBeNull();
});

test("a free port can be listened on, and a temporary folder exists", async () => {
  const server = createServer().listen(await freePort(), "127.0.0.1");
  await new Promise((resolve, reject) => server.once("listening", resolve).once("error", reject));
  await new Promise((resolve) => server.close(resolve));
  expect(existsSync(tempDir())).toBe(true);
});
