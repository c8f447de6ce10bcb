import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { freePort, testDatabase } from "#testing";
import type { Contributor, GroupCommit, GroupCommitOptions, Outcome, Statement } from "./commit.ts";
import { connect } from "./connect.ts";
import { createGroupCommit } from "./group-commit.ts";
import { numberArray, textArray } from "./numeric.ts";

const db = await testDatabase();
await db.owner.unsafe(`
  CREATE TABLE applied (id text PRIMARY KEY, n int NOT NULL CHECK (n >= 0));
  CREATE TABLE total (n bigint NOT NULL); INSERT INTO total VALUES (0);
  CREATE TABLE deferred (id text UNIQUE DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE refused (id text PRIMARY KEY, reason text NOT NULL);
  GRANT SELECT, INSERT, UPDATE ON applied, total, deferred, refused TO far_server;`);

interface Add {
  id: string;
  n: number;
}

/** Records each id once and adds its number to one total; a second time it is a replay. */
const adding: Contributor<Add, { before: number }> = {
  lock: (tx, parts) => [
    tx`SELECT id FROM applied WHERE id = ANY (${textArray(parts.map((part) => part.id))}::text[])` as unknown as Statement,
    tx`SELECT n FROM total FOR UPDATE` as unknown as Statement,
  ],
  decide(entries, locked) {
    const seen = new Set((locked[0] ?? []).map((row) => row.id as string));
    let before = Number(locked[1]?.[0]?.n);
    for (const entry of entries) {
      entry.out = { before };
      if (seen.has(entry.part.id)) entry.replay();
      else if (entry.part.n > 1_000) entry.refuse(new Error("too much"));
      else before += entry.part.n;
      seen.add(entry.part.id);
    }
  },
  write: (tx, entries) => [
    tx`INSERT INTO applied SELECT * FROM unnest(
      ${textArray(entries.map((entry) => entry.part.id))}::text[], ${numberArray(entries.map((entry) => entry.part.n))}::int[])`,
    tx`UPDATE total SET n = n + ${entries.reduce((sum, entry) => sum + entry.part.n, 0)}`,
  ],
  writeRefused: (tx, refused) => [
    tx`INSERT INTO refused SELECT * FROM unnest(
      ${textArray(refused.map(({ part }) => part.id))}::text[], ${textArray(refused.map(({ error }) => error.message))}::text[])`,
  ],
};

const opened: GroupCommit[] = [];
function make(options: GroupCommitOptions = {}): GroupCommit {
  const commit = createGroupCommit(db.sql, options);
  commit.register("add", adding);
  opened.push(commit);
  return commit;
}
afterEach(async () => {
  for (const commit of opened.splice(0)) await commit.close();
  await db.owner`TRUNCATE applied, deferred, refused`;
  await db.owner`UPDATE total SET n = 0`;
});
const ids = async (): Promise<string[]> =>
  (await db.owner<{ id: string }[]>`SELECT id FROM applied ORDER BY id`).map((row) => row.id);
const total = async (): Promise<number> => Number((await db.owner<{ n: string }[]>`SELECT n FROM total`)[0]?.n);
const add = (commit: GroupCommit, id: string, n = 1): Promise<Outcome> => commit.submit({ add: { id, n } });
const killBackends = () => db.owner`
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'far group commit'`;

test("units submitted together are one transaction, decided in order", async () => {
  const sizes: number[] = [];
  const commit = make({ onBatch: (batch) => sizes.push(batch.units) });
  const outcomes = await Promise.all(["a", "b", "c"].map((id) => add(commit, id, 5)));
  expect(outcomes.map((outcome) => outcome.ok && outcome.out.add)).toEqual([
    { before: 0 },
    { before: 5 },
    { before: 10 },
  ]);
  expect(sizes).toEqual([3]);
  expect(await total()).toBe(15);
});

test("a unit submitted again is answered as a replay and written once, also within a batch", async () => {
  const commit = make();
  const outcomes = await Promise.all([add(commit, "a"), add(commit, "a")]);
  outcomes.push(await add(commit, "a"));
  expect(outcomes.map((outcome) => outcome.ok && outcome.replayed)).toEqual([false, true, true]);
  expect(await total()).toBe(1);
});

test("a refusal leaves its record and nothing else of its unit", async () => {
  const commit = make();
  commit.register<string, void>("note", {
    write: (tx, entries) => [
      tx`INSERT INTO deferred SELECT unnest(${textArray(entries.map((entry) => entry.part))}::text[])`,
    ],
  });
  const [bad, good] = await Promise.all([
    commit.submit({ add: { id: "big", n: 5_000 }, note: "big" }),
    commit.submit({ add: { id: "fine", n: 1 }, note: "fine" }),
  ]);
  expect(bad).toMatchObject({ ok: false, error: new Error("too much") });
  expect(good.ok).toBe(true);
  expect(await db.owner`SELECT id FROM deferred`).toEqual([{ id: "fine" }]);
  expect(await db.owner`SELECT id, reason FROM refused`).toEqual([{ id: "big", reason: "too much" }]);
});

test("a unit stopped by a later contributor was not counted by an earlier one", async () => {
  const commit = make();
  commit.register<boolean, void>("gate", {
    decide(entries) {
      for (const entry of entries) if (!entry.part) entry.refuse(new Error("closed"));
    },
    write: () => [],
  });
  const outcomes = await Promise.all([
    commit.submit({ add: { id: "a", n: 1 }, gate: true }),
    commit.submit({ add: { id: "b", n: 10 }, gate: false }),
    commit.submit({ add: { id: "c", n: 100 }, gate: true }),
  ]);
  expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, false, true]);
  expect(outcomes[2]?.ok && outcomes[2].out.add).toEqual({ before: 1 });
  expect(await total()).toBe(101);
});

const poisons: Record<string, unknown> = {
  "a constraint": -1,
  "a value the server refuses": "many",
  "an undefined parameter": undefined,
  "a parameter that cannot be serialised": [new Date(Number.NaN)],
};
for (const [name, poison] of Object.entries(poisons)) {
  test(`a bad unit harms only itself: ${name}`, async () => {
    const commit = make();
    commit.register<unknown, void>("raw", {
      write: (tx, entries) =>
        entries.map((entry) => tx`INSERT INTO applied (id, n) VALUES ('raw', ${entry.part as never})`),
    });
    const results = await Promise.allSettled([
      add(commit, "a"),
      commit.submit({ add: { id: "bad", n: 1 }, raw: poison ?? null }),
      add(commit, "c"),
    ]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await ids()).toEqual(["a", "c"]);
    expect(await total()).toBe(2);
  });
}

test("a contributor that throws harms only the units with its part", async () => {
  const commit = make();
  commit.register<string, void>("broken", {
    decide(entries) {
      if (entries.some((entry) => entry.part === "bad")) throw new Error("bug");
    },
    write: () => [],
  });
  const results = await Promise.allSettled([
    add(commit, "a"),
    commit.submit({ add: { id: "b", n: 1 }, broken: "bad" }),
    commit.submit({ add: { id: "c", n: 1 }, broken: "good" }),
  ]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await ids()).toEqual(["a", "c"]);
});

test("a failure that shows only at COMMIT is a failure", async () => {
  const commit = make();
  commit.register<string, void>("late", {
    write: (tx, entries) => [
      tx`INSERT INTO deferred SELECT unnest(${textArray(entries.map((entry) => entry.part))}::text[])`,
    ],
  });
  const results = await Promise.allSettled([
    commit.submit({ add: { id: "a", n: 1 }, late: "same" }),
    commit.submit({ add: { id: "b", n: 1 }, late: "same" }),
  ]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
  expect(await ids()).toEqual(["a"]);
});

test("whenever its connection is killed, every unit is applied exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 15 }), units: fc.integer({ min: 1, max: 12 }) }), {
        minLength: 2,
        maxLength: 8,
      }),
      fc.integer({ min: 1, max: 2 }),
      async (steps, inFlight) => {
        await db.owner`TRUNCATE applied`;
        await db.owner`UPDATE total SET n = 0`;
        const commit = make({ inFlight, batchMax: 8 });
        const promises: Promise<Outcome>[] = [];
        for (const [index, step] of steps.entries()) {
          for (let n = 0; n < step.units; n++) promises.push(add(commit, `u${index}-${n}`));
          await sleep(step.waitMs);
          await killBackends();
        }
        const outcomes = await Promise.all(promises);
        expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
        expect((await ids()).length).toBe(promises.length);
        expect(await total()).toBe(promises.length);
        await commit.close();
      },
    ),
    { numRuns: 8 },
  );
});

test("two processes that submit the same ids apply each once", async () => {
  const both = [make(), make({ inFlight: 2 })];
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, n) => both.map((commit) => add(commit, `same-${n % 30}`))).flat(),
  );
  expect(outcomes.filter((outcome) => outcome.ok && !outcome.replayed).length).toBe(30);
  expect(await total()).toBe(30);
});

test("a full queue refuses, and says when to come back", async () => {
  const commit = make({ queueMax: 3 });
  const results = await Promise.allSettled(["a", "b", "c", "d"].map((id) => add(commit, id)));
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  expect(results[3]).toMatchObject({ reason: { code: "overloaded", retryAfterS: 1 } });
  expect(commit.depth()).toBe(0);
});

test("a database that cannot be reached is given up, as surely not written", async () => {
  const away = connect({ url: `postgres://nobody@127.0.0.1:${await freePort()}/none` });
  const commit = createGroupCommit(away, { giveUpMs: 100 });
  commit.register("add", adding);
  await expect(add(commit, "a")).rejects.toMatchObject({ code: "database_unavailable" });
  await commit.close();
  await away.end();
});

test("an unknown part is a mistake that is told at once", async () => {
  await expect(make().submit({ nobody: 1 })).rejects.toThrow(/nobody/);
});
