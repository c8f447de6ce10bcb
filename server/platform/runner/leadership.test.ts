import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { testDatabase } from "#testing";
import { type Leadership, withLeadership } from "./leadership.ts";

const db = await testDatabase();
/** A bound, not an expectation: a busy machine takes its time. */
const PATIENCE = { timeout: 20_000, interval: 10 };
const candidates: Leadership[] = [];
afterEach(async () => {
  await Promise.all(candidates.splice(0).map((candidate) => candidate.stop()));
});

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
function candidate(name: string, work: (signal: AbortSignal) => Promise<void>): Leadership {
  const made = withLeadership(db.sql, name, work, { retryMs: 10, beatMs: 20 });
  candidates.push(made);
  return made;
}

test("of several candidates one leads; when it stops, another follows", async () => {
  const running = new Set<number>();
  let together = 0;
  const all = [0, 1, 2].map((n) =>
    candidate("one", async (signal) => {
      running.add(n);
      together = Math.max(together, running.size);
      await untilAborted(signal);
      running.delete(n);
    }),
  );
  await vi.waitFor(() => expect(running.size).toBe(1), PATIENCE);
  const [first] = running;
  await all[first ?? 0]?.stop();
  await vi.waitFor(
    () => expect([...running]).toSatisfy((now: number[]) => now.length === 1 && now[0] !== first),
    PATIENCE,
  );
  expect(together).toBe(1);
  expect(all.filter((one) => one.leading()).length).toBe(1);
});

test("a leader whose connection is cut stops its work and leads again", async () => {
  let starts = 0;
  let aborted = 0;
  const leader = candidate("cut", async (signal) => {
    starts += 1;
    await untilAborted(signal);
    aborted += 1;
  });
  await vi.waitFor(() => expect(leader.leading()).toBe(true), PATIENCE);
  await db.owner`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  await vi.waitFor(() => expect([starts, aborted]).toEqual([2, 1]), PATIENCE);
});

test("names do not hinder each other, and work that ends is begun again", async () => {
  let ended = 0;
  candidate("a", untilAborted);
  const other = candidate("b", async () => {
    ended += 1;
    await sleep(1);
  });
  await vi.waitFor(() => expect(ended).toBeGreaterThan(2), PATIENCE);
  await other.stop();
});
