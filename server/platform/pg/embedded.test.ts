import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, expect, test } from "vitest";
import { tempDir } from "#testing";
import { isAlive } from "./embedded/stale.ts";
import { discardPostgres, type EmbeddedPostgres, startPostgres } from "./embedded.ts";

const dirs: string[] = [];
afterAll(async () => {
  for (const dir of dirs) await discardPostgres(dir);
});
const folder = (): string => {
  const dir = join(tempDir(), "pg");
  dirs.push(dir);
  return dir;
};
/** Used by one test after the other: making a cluster is what takes the time. */
const dir = folder();

async function query<T>(running: EmbeddedPostgres, statement: string): Promise<T[]> {
  const sql = postgres(running.url, { max: 1, onnotice: () => {} });
  try {
    return (await sql.unsafe(statement)) as unknown as T[];
  } finally {
    await sql.end();
  }
}

test("it starts durable and on loopback, keeps data over a stop, and stop is idempotent", async () => {
  const first = await startPostgres({ dir, port: 0, settings: { fsync: "off" } });
  const settings = await query<{ name: string; setting: string }>(
    first,
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') ORDER BY name",
  );
  expect(settings.map((row) => row.setting)).toEqual(["on", "on", "127.0.0.1", "on"]);
  await query(first, "CREATE TABLE stopped (id int); INSERT INTO stopped VALUES (7)");
  await Promise.all([first.stop(), first.stop()]);
  await first.exited;
  const second = await startPostgres({ dir, port: 0 });
  expect(await query(second, "SELECT id FROM stopped")).toEqual([{ id: 7 }]);
  await second.stop();
});

test("it comes back after kill -9 with what was committed, and says that it ended", async () => {
  const said: string[] = [];
  const first = await startPostgres({ dir, port: 0, log: (line) => said.push(line) });
  await query(first, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)");
  process.kill(first.pid, "SIGKILL");
  await first.exited;
  expect(said.at(-1)).toMatch(/ended: SIGKILL/);
  const second = await startPostgres({ dir, port: 0 });
  expect(await query(second, "SELECT id FROM kept")).toEqual([{ id: 7 }]);
  await second.stop();
});

test("a postmaster left over by a killed supervisor is shut down first", async () => {
  const left = await startPostgres({ dir, port: 0 });
  const next = await startPostgres({ dir, port: 0 });
  expect(isAlive(left.pid)).toBe(false);
  expect(next.url).toContain(readFileSync(join(dir, "password"), "utf8").trim());
  await next.stop();
});

test("a pid file whose number belongs to another program is no obstacle, and that program is left alone", async () => {
  const first = await startPostgres({ dir, port: 0 });
  await first.stop();
  writeFileSync(join(first.dataDir, "postmaster.pid"), `${process.pid}\n${first.dataDir}\n`);
  const second = await startPostgres({ dir, port: 0 });
  expect(isAlive(process.pid)).toBe(true);
  await second.stop();
});

test("a taken port is an error that names it", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(startPostgres({ dir, port })).rejects.toThrow(new RegExp(`port ${port}`));
  server.close();
});

// Only root runs PostgreSQL as another user, who then cannot enter a closed folder.
test.skipIf(process.getuid?.() !== 0)(
  "under a folder closed to its user it keeps the data elsewhere, and finds it again",
  async () => {
    const closed = tempDir();
    chmodSync(closed, 0o700);
    const within = join(closed, "pg");
    dirs.push(within);
    const first = await startPostgres({ dir: within, port: 0 });
    expect(first.dataDir.startsWith(closed)).toBe(false);
    await query(first, "CREATE TABLE kept (id int)");
    await first.stop();
    chmodSync(closed, 0o755);
    const second = await startPostgres({ dir: within, port: 0 });
    expect(await query(second, "SELECT count(*)::int AS n FROM kept")).toEqual([{ n: 0 }]);
    await second.stop();
    await discardPostgres(within);
    expect(existsSync(first.dataDir)).toBe(false);
  },
);
