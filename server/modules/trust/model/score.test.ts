import fc from "fast-check";
import { expect, test } from "vitest";
import { factorsOf, NOTHING_MEASURED, nextScore, SCORE_FIRST } from "./score.ts";

const hour = {
  onlineMs: 3_600_000,
  excusedMs: 0,
  absentMs: 0,
  expectedMs: 1_000,
  actualMs: 1_000,
  checks: 4,
  against: 0,
};
const score = fc.integer({ min: 0, max: 10_000 }).map((s) => s / 100);
const factor = fc.option(fc.integer({ min: 0, max: 10_000 }).map((f) => f / 10_000));

test("a perfect hour adds three tenths of what is missing", () => {
  expect(nextScore(SCORE_FIRST, factorsOf(hour))).toBe(86);
});

test("an hour without any measurement changes nothing", () => {
  fc.assert(fc.property(score, (s) => nextScore(s, factorsOf(NOTHING_MEASURED)) === s));
});

test("drain and maintenance are no downtime", () => {
  expect(factorsOf({ ...hour, onlineMs: 600_000, excusedMs: 3_000_000 }).uptime).toBe(1);
  expect(factorsOf({ ...hour, onlineMs: 0, excusedMs: 3_600_000 }).uptime).toBeNull();
  expect(factorsOf({ ...hour, onlineMs: 2_700_000, absentMs: 900_000 }).uptime).toBe(0.75);
});

test("faster than expected is no better than as expected", () => {
  expect(factorsOf({ ...hour, expectedMs: 3_000 }).speed).toBe(1);
  expect(factorsOf({ ...hour, actualMs: 4_000 }).speed).toBe(0.25);
});

test("the score stays within 0 and 100, has two decimals, and never falls when a factor rises", () => {
  fc.assert(
    fc.property(
      score,
      factor,
      factor,
      factor,
      fc.constantFrom("uptime", "speed", "accuracy"),
      (s, uptime, speed, accuracy, which) => {
        const factors = { uptime, speed, accuracy };
        const next = nextScore(s, factors);
        expect(next).toBeGreaterThanOrEqual(0);
        expect(next).toBeLessThanOrEqual(100);
        expect(Math.round(next * 100) / 100).toBe(next);
        expect(nextScore(s, { ...factors, [which]: 1 })).toBeGreaterThanOrEqual(next);
      },
    ),
  );
});

test("it is the formula, to the rounding", () => {
  fc.assert(
    fc.property(score, factor, factor, factor, (s, uptime, speed, accuracy) => {
      const or = (f: number | null): number => f ?? s / 100;
      const exact = 0.7 * s + 10 * or(uptime) + 10 * or(speed) + 10 * or(accuracy);
      expect(Math.abs(nextScore(s, { uptime, speed, accuracy }) - exact)).toBeLessThanOrEqual(0.005 + 1e-9);
    }),
  );
});
