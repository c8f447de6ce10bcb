import { afterEach, expect, test, vi } from "vitest";
import { noLog } from "#platform/log";
import { createGroupCommit, type Tx } from "#platform/pg";
import { testDatabase } from "#testing";
import { createOutbox, type Outbox, type OutboxEvent } from "./index.ts";

const db = await testDatabase();
const open: Outbox[] = [];
const make = (): Outbox => {
  const outbox = createOutbox({ sql: db.sql, log: noLog, pollMs: 5 });
  open.push(outbox);
  return outbox;
};
afterEach(async () => {
  for (const outbox of open.splice(0)) await outbox.stop();
  await db.owner`truncate platform.outbox`;
});
const publish = (outbox: Outbox, n: number, topic = "test.event"): Promise<unknown> =>
  db.sql.begin((tx) => outbox.publish(tx as unknown as Tx, [{ topic, payload: { n } }]));
const numbers = (events: readonly OutboxEvent[]): unknown[] => events.map((e) => e.payload.n);

test("a consumer sees every event of its topics once, in commit order, across restarts", async () => {
  const seen: unknown[] = [];
  for (let life = 0; life < 3; life++) {
    const outbox = make();
    outbox.consume("c1", ["test.event"], async (_tx, events) => void seen.push(...numbers(events)));
    await outbox.start();
    for (let n = 0; n < 5; n++) await publish(outbox, life * 5 + n);
    await publish(outbox, -1, "other.event");
    await outbox.settled();
    await outbox.stop();
  }
  expect(seen).toEqual(Array.from({ length: 15 }, (_, n) => n));
});

test("an effect that fails is rolled back with the cursor and tried again", async () => {
  const outbox = make();
  let tries = 0;
  outbox.consume("c2", ["test.event"], async () => {
    tries += 1;
    if (tries === 1) throw new Error("passing trouble");
  });
  await outbox.start();
  await publish(outbox, 1);
  await outbox.settled();
  expect(tries).toBe(2);
});

test("an event of a transaction that commits late is not passed over", async () => {
  const outbox = make();
  const seen: unknown[] = [];
  outbox.consume("c3", ["test.event"], async (_tx, events) => void seen.push(...numbers(events)));
  await outbox.start();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = db.sql.begin(async (tx) => {
    await outbox.publish(tx as unknown as Tx, [{ topic: "test.event", payload: { n: "slow" } }]);
    await held;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await publish(outbox, 2);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(seen).toEqual([]);
  release();
  await slow;
  await outbox.settled();
  expect(seen).toEqual(["slow", 2]);
});

test("events of one commit keep their order, though those of one topic share rows", async () => {
  const outbox = make();
  const topics = ["a.event", "a.event", "b.event", "a.event", ...new Array<string>(50).fill("c.event"), "a.event"];
  const events = topics.map((topic, n) => ({ topic, payload: { n, pad: "x".repeat(100) } }));
  const seen: [string, unknown][] = [];
  const heard: unknown[] = [];
  outbox.consume("c6", ["a.event", "c.event"], async (_tx, got) => {
    for (const { topic, payload } of got) seen.push([topic, payload.n]);
  });
  outbox.listen(["b.event"], (event) => heard.push(event.payload.n));
  await outbox.start();
  await db.sql.begin((tx) => outbox.publish(tx as unknown as Tx, events));
  await outbox.settled();
  expect(seen).toEqual(topics.map((topic, n) => [topic, n]).filter(([topic]) => topic !== "b.event"));
  expect(heard).toEqual([2]);
  const [{ rows = 0 } = {}] = await db.owner<{ rows: number }[]>`select count(*)::int as rows from platform.outbox`;
  expect(rows).toBeLessThan(12);
});

test("two processes with the same consumer apply each event once", async () => {
  const seen: unknown[] = [];
  const [a, b] = [make(), make()];
  for (const outbox of [a, b])
    outbox.consume("c4", ["test.event"], async (_tx, events) => void seen.push(...numbers(events)));
  await Promise.all([a.start(), b.start()]);
  for (let n = 0; n < 30; n++) await publish(a, n);
  await a.settled();
  await b.settled();
  expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n));
});

test("a listener hears what is committed after the start", async () => {
  const outbox = make();
  await publish(outbox, 0);
  const seen: unknown[] = [];
  outbox.listen(["test.event"], (event) => seen.push(event.payload.n));
  await outbox.start();
  await publish(outbox, 1);
  await outbox.settled();
  expect(seen).toEqual([1]);
});

test("a bad event holds up those after it, not those before it", async () => {
  const outbox = make();
  for (const n of [1, 2, 3]) await publish(outbox, n);
  const applied = async (): Promise<number[]> =>
    (await db.owner<{ n: number }[]>`select n from applied order by n`).map((row) => row.n);
  await db.owner.unsafe("create table applied (n int); grant select, insert on applied to far_server");
  outbox.consume("c5", ["test.event"], async (tx, events) => {
    for (const event of events) {
      await tx`insert into applied values (${Number(event.payload.n)})`;
      if (event.payload.n === 3) throw new Error("bad event");
    }
  });
  await outbox.start();
  await vi.waitFor(async () => expect(await applied()).toEqual([1, 2]), { timeout: 20_000 });
});

test("what a group commit writes is heard without waiting for the poll", async () => {
  const outbox = createOutbox({ sql: db.sql, log: noLog, pollMs: 3_600_000 });
  open.push(outbox);
  const commit = createGroupCommit(db.sql);
  commit.register("events", outbox.contributor);
  const heard: unknown[] = [];
  outbox.listen(["test.event"], (event) => heard.push(event.payload.n));
  await outbox.start();
  // More than once: a transaction of another test, in the same cluster, may hold an event back until the next look.
  await vi.waitFor(
    async () => {
      await commit.submit({ events: [{ topic: "test.event", payload: { n: 9 } }] });
      expect(heard).toContain(9);
    },
    { timeout: 20_000 },
  );
  await commit.close();
});
