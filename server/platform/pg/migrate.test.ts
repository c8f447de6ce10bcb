import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir, testDatabase } from "#testing";
import { migrate } from "./migrate.ts";

const db = await testDatabase();

/** A set of its own with these files. */
function set(schema: string, files: Record<string, string>) {
  const dir = join(tempDir(), schema, "migrations");
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return { schema, dir };
}
const exists = async (table: string): Promise<boolean> => {
  const [row] = await db.owner<{ found: string | null }[]>`SELECT to_regclass(${table})::text AS found`;
  return row?.found !== null;
};

test("files are applied once, in order, in the schema of their module", async () => {
  const sets = [
    set("m1", {
      "0001_a.sql": "CREATE TABLE m1.t (id int);",
      "0002_b.sql": "ALTER TABLE m1.t ADD n int;",
      "notes.txt": "not SQL",
    }),
  ];
  expect(await migrate(db.owner, sets)).toEqual(["m1/m1/0001_a.sql", "m1/m1/0002_b.sql"]);
  expect(await migrate(db.owner, sets)).toEqual([]);
  expect(await exists("m1.t")).toBe(true);
});

test("a file that was changed after it was applied is an error", async () => {
  const changed = set("m2", { "0001_a.sql": "SELECT 1;" });
  await migrate(db.owner, [changed]);
  const path = join(changed.dir, "0001_a.sql");
  writeFileSync(path, `${readFileSync(path, "utf8")} -- another`);
  await expect(migrate(db.owner, [changed])).rejects.toThrow(/m2\/m2\/0001_a.sql was changed/);
});

test("a file that comes before an applied one is an error", async () => {
  const late = set("m3", { "0002_b.sql": "SELECT 1;" });
  await migrate(db.owner, [late]);
  writeFileSync(join(late.dir, "0001_a.sql"), "SELECT 1;");
  await expect(migrate(db.owner, [late])).rejects.toThrow(/comes before 0002_b.sql/);
});

test("nothing stays of a file that fails, and what came before it stays", async () => {
  const broken = set("m4", {
    "0001_a.sql": "CREATE TABLE m4.kept (id int);",
    "0002_b.sql": "CREATE TABLE m4.lost (id int); SELECT nothing_like_this();",
  });
  await expect(migrate(db.owner, [broken])).rejects.toThrow(/m4\/m4\/0002_b.sql failed: .*nothing_like_this/);
  expect(await exists("m4.kept")).toBe(true);
  expect(await exists("m4.lost")).toBe(false);
});

test("two migrators at once apply each file once", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 5 }, (_, n) => [`000${n + 1}_x.sql`, `CREATE TABLE m5.t${n} (id int);`]),
  );
  const sets = [set("m5", files)];
  const both = await Promise.all([migrate(db.owner, sets), migrate(db.owner, sets)]);
  expect(both.flat().sort()).toEqual(Object.keys(files).map((name) => `m5/m5/${name}`));
});

test("the serving role may not create tables", async () => {
  await expect(db.sql`CREATE TABLE platform.mine (id int)`).rejects.toThrow(/permission denied/);
});
