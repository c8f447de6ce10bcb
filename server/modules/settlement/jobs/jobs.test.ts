import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Logger } from "#platform/log";
import { createLoop } from "./loop.ts";
import { isDue } from "./settle.ts";

describe("an epoch is due", () => {
  const limits = { tasks: 100, intervalMs: 60_000 };
  const pending = { tasks: 3, oldestMs: 1_000_000, leaving: false, lastEpochMs: null };

  it.each([
    ["not when nothing waits", { ...pending, tasks: 0, oldestMs: null, leaving: true }, 9_999_999, false],
    ["not before the interval", pending, 1_059_999, false],
    ["when the oldest has waited the interval", pending, 1_060_000, true],
    ["not sooner than the interval after the last one", { ...pending, lastEpochMs: 1_050_000 }, 1_100_000, false],
    ["at once when a payer leaves", { ...pending, leaving: true, lastEpochMs: 1_000_000 }, 1_000_001, true],
    ["at once when enough wait", { ...pending, tasks: 100, lastEpochMs: 1_000_000 }, 1_000_001, true],
  ])("%s", (_, state, nowMs, due) => {
    expect(isDue(state, nowMs, limits)).toBe(due);
  });
});

describe("a loop", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("says once that it fails and once that it works again, and slows down in between", async () => {
    const lines: string[] = [];
    const note = (message: string) => void lines.push(message);
    const log: Logger = { debug: note, info: note, warn: note, error: note };
    const at: number[] = [];
    let broken = true;
    const loop = createLoop({
      ...{ name: "it", everyMs: 100, log },
      async round() {
        at.push(Date.now());
        if (broken) throw new Error("no");
      },
    });
    loop.start();
    await vi.advanceTimersByTimeAsync(120_000);
    const gaps = at.slice(1).map((ms, i) => ms - (at[i] ?? 0));
    expect(gaps.slice(0, 4)).toEqual([200, 400, 800, 1_600]);
    expect(Math.max(...gaps)).toBe(30_000);
    expect(lines).toHaveLength(1);
    broken = false;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(lines).toEqual([expect.stringContaining("fails"), expect.stringContaining("works again")]);
    await loop.stop();
    const rounds = at.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(at.length).toBe(rounds);
  });
});
