import { expect, test } from "vitest";
import { isCalibrationCurrent } from "./calibration.ts";
import { readRecordings } from "./recordings.ts";
import { type Outcome, play } from "./sim/play.ts";
import { SCENARIOS } from "./sim/scenarios.ts";
import { areTablesCurrent } from "./tables.ts";

const ways = readRecordings();
/** Seeds that the stored results do not use. */
const SEEDS = [9_001, 9_002, 9_003];

function runs(name: string, tasks?: number): Outcome[] {
  const found = SCENARIOS.find((s) => s.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return SEEDS.map((seed) => play(ways, { ...found.play, ...(tasks ? { tasks } : {}) }, seed));
}
const of = (outcomes: readonly Outcome[], role: string) =>
  outcomes.flatMap(({ nodes }) => nodes.filter((node) => node.role === role));

test.each(["garbage", "cached", "truncated", "cut-to-words", "2-bits", "colluding"])(
  "a cheat is caught every time, and nobody else is accused: %s",
  (name) => {
    const outcomes = runs(name);
    expect(of(outcomes, "cheat").map(({ slashedAfter }) => slashedAfter)).not.toContain(null);
    expect(of(outcomes, "honest").filter(({ suspendedAfter }) => suspendedAfter !== null)).toEqual([]);
  },
);

test.each([
  ["honest", 1_500],
  ["upgrade", 3_600],
  ["great-upgrade", 3_600],
])("nobody honest is suspended: %s", (name, tasks) => {
  expect(of(runs(name, tasks), "honest").filter(({ suspendedAfter }) => suspendedAfter !== null)).toEqual([]);
});

test("two owners who lie about a third as checkers do not have it slashed", () => {
  expect(of(runs("framing-pair", 1_500), "honest").filter(({ slashedAfter }) => slashedAfter !== null)).toEqual([]);
});

test("who claims too many tokens is watched and scored lower, not slashed", () => {
  const [one] = of(runs("inflated", 1_500), "cheat");
  expect(one?.watched).toBeGreaterThan(0);
  expect(one?.slashedAfter).toBeNull();
});

test("the same seed plays the same run", () => {
  const [scenario] = SCENARIOS.filter(({ name }) => name === "garbage");
  if (!scenario) throw new Error("no scenario");
  expect(play(ways, scenario.play, 7)).toEqual(play(ways, scenario.play, 7));
});

test("far-mini's calibration is that of the stored recordings", () => {
  expect(isCalibrationCurrent()).toBe(true);
});

test("the document's tables are those of the stored results", () => {
  expect(areTablesCurrent()).toBe(true);
});
