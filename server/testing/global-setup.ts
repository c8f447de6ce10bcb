/** Vitest's global set-up: one PostgreSQL for the run, with one migrated template. */

import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { connectAsOwner, discardPostgres, findMigrations, migrate, startPostgres } from "#platform/pg";
import { databaseUrl } from "./config.ts";
import { type TestCluster, withDatabase } from "./context.ts";

const PREFIX = "far-test-pg-";
const TEMP_PREFIX = "far-test-tmp-";
const serverDir = join(dirname(fileURLToPath(import.meta.url)), "..");

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Clusters and folders of runs that were killed before they could clean up; the folder's name carries the run's pid. */
async function reap(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, prefix, pid] = /^(far-test-(?:pg|tmp)-)(\d+)-/.exec(name) ?? [];
    if (pid === undefined || alive(Number(pid))) continue;
    if (prefix === PREFIX) await discardPostgres(join(tmpdir(), name)).catch(() => {});
    else await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

/** A folder that PostgreSQL's user may enter too. */
async function openFolder(prefix: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), prefix));
  await chmod(dir, 0o755);
  return dir;
}

async function cluster(): Promise<{ url: string; stop(): Promise<void> }> {
  const own = databaseUrl();
  if (own !== undefined) return { url: own, stop: async () => {} };
  await reap();
  const dir = await openFolder(`${PREFIX}${process.pid}-`);
  const running = await startPostgres({ dir, port: 0, settings: { max_connections: "200", shared_buffers: "64MB" } });
  return {
    url: running.url,
    async stop() {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function migrated(url: string): Promise<string | null> {
  const owner = connectAsOwner({ url, max: 1 });
  try {
    await migrate(owner, await findMigrations(serverDir));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await owner.end();
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await cluster();
  const tempRoot = await openFolder(`${TEMP_PREFIX}${process.pid}-`);
  const template = `far_template_${process.pid}_${Date.now().toString(36)}`;
  const adminUrl = withDatabase(running.url, "postgres");
  const admin = postgres(adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  await admin.unsafe(`CREATE DATABASE ${template}`);
  const failure = await migrated(withDatabase(running.url, template));
  project.provide("testCluster", { adminUrl, template, failure, tempRoot } satisfies TestCluster);
  return async () => {
    await admin.unsafe(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    await admin.end();
    await running.stop();
    await rm(tempRoot, { recursive: true, force: true });
  };
}
