import fc from "fast-check";
import { expect, test } from "vitest";
import { calibrate, lengthOf, QUANTILES_MAX, shareAsStrange, temperatureOf } from "./calibration.ts";
import { isBelieved, isRight, noteSeeded, spoil } from "./checker.ts";
import { bandOf, isMiscounted, withinBand } from "./counts.ts";
import { FREEZE_MS_MAX, isCorrelated, verdictOf } from "./freeze.ts";
import { hardwareClass, isImpossible, speedMax } from "./plausible.ts";
import { divergence, endStrangeness, strangeness, type TokenScore } from "./statistic.ts";
import { randomOf } from "./testing/random.ts";
import { tierOf } from "./tier.ts";

test("the share of honest checks is an honest share: at most p of honest ones get a share below p", () => {
  const random = randomOf(7);
  const calibration = calibrate(Array.from({ length: 5_000 }, random), 0);
  expect(calibration.quantiles).toHaveLength(QUANTILES_MAX);
  for (const p of [0.01, 0.1, 0.5]) {
    let below = 0;
    for (let i = 0; i < 20_000; i++) if (shareAsStrange(calibration, random()) <= p) below += 1;
    expect(below / 20_000).toBeLessThan(p * 1.2 + 0.002);
  }
});

test("few honest runs can never make a check look rarer than they know", () => {
  const calibration = calibrate(
    Array.from({ length: 40 }, (_, i) => i),
    0,
  );
  expect(shareAsStrange(calibration, 1e9)).toBe(1 / 41);
  expect(() => calibrate([1, 2, 3], 0)).toThrow(RangeError);
});

test("a stranger check never gets a larger share", () => {
  const calibration = calibrate(
    Array.from({ length: 100 }, (_, i) => i),
    0,
  );
  fc.assert(
    fc.property(
      fc.double({ min: -10, max: 120, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
      (x, more) => shareAsStrange(calibration, x + more) <= shareAsStrange(calibration, x),
    ),
  );
});

const scores = (rank: number, n = 20): TokenScore[] => Array.from({ length: n }, () => [-0.1, rank]);
test("an answer of likely tokens is ordinary, one of unlikely ones strange, a short one says nothing", () => {
  expect(strangeness(scores(1), 0)).toBe(0);
  expect(strangeness(scores(40), 0)).toBeGreaterThan(3);
  expect(strangeness(scores(1, 7), 0)).toBeNull();
  expect(strangeness(scores(1), 1)).toBeGreaterThan(0);
  expect(strangeness([...scores(1), [Number.NaN, 1]], 0)).toBeNull();
  expect(endStrangeness([-9_999, 257], 1)).toBeLessThan(12);
});

test("one absurd token does not make a long answer strange", () => {
  expect(strangeness([...scores(1, 199), [-9_999, 257]], 1)).toBeLessThan(0.15);
});

test("an answer cut short lies far from the whole one, another text farther, the same text not at all", () => {
  const whole = "Start with a small pot, good light and little water; most houseplants die of too much care.";
  expect(divergence(whole, whole)).toBe(0);
  expect(divergence(whole.slice(0, 40), whole)).toBeGreaterThan(0.4);
  expect(divergence("qqqq wwww zzzz xxxx", whole)).toBeGreaterThan(0.9);
  expect(divergence("", "")).toBe(0);
});

test("classes of temperature, length and hardware", () => {
  expect([temperatureOf(0), temperatureOf(undefined), temperatureOf(1)]).toEqual(["cold", "warm", "warm"]);
  expect([lengthOf(10), lengthOf(100), lengthOf(1_000)]).toEqual(["short", "medium", "long"]);
  expect(["NVIDIA GeForce RTX 4090", "cpu", "NVIDIA H100 80GB HBM3", "Voodoo 2"].map(hardwareClass)).toEqual([
    "rtx 4090",
    "cpu",
    "h100",
    "other",
  ]);
});

const machine = { gpuModel: "NVIDIA H100", vramGb: 80, weightsGb: 70, expectedTokensPerSecond: 50 };
const timing = { tokens: 500, freshPromptTokens: 0, firstTokenMs: 100, durationMs: 10_000, choices: 1 };
test("what no machine can do is impossible; slow is only slow", () => {
  expect(isImpossible(timing, machine)).toBe(false);
  expect(isImpossible({ ...timing, durationMs: 300_000 }, machine)).toBe(false);
  expect(isImpossible({ ...timing, durationMs: 200 }, machine)).toBe(true);
  expect(isImpossible({ ...timing, durationMs: 200, choices: 8 }, machine)).toBe(false);
  expect(isImpossible({ ...timing, freshPromptTokens: 100_000, firstTokenMs: 20 }, machine)).toBe(true);
  expect(isImpossible({ ...timing, tokens: 1, durationMs: 3 }, machine)).toBe(false);
  expect(speedMax({ ...machine, gpuModel: "unknown" })).toBe(1_600);
});

test("a claim within the band stands, beyond it stops at the edge", () => {
  const band = bandOf(Array.from({ length: 100 }, (_, i) => 3 + i / 100));
  if (band === null) throw new Error("a hundred answers make a band");
  expect(bandOf([3, 4])).toBeNull();
  expect(withinBand(100, 350, band)).toBe(100);
  expect(withinBand(350, 350, band)).toBe(Math.floor(350 / band.min));
  expect(isMiscounted(100, null, 350, band)).toBe(false);
  expect(isMiscounted(200, null, 350, band)).toBe(true);
  expect(isMiscounted(102, 100, 350, null)).toBe(false);
  expect(isMiscounted(110, 100, 350, null)).toBe(true);
  expect(isMiscounted(1_000, null, 350, null)).toBe(false);
});

const owner = (name: string, strange: number, checks = 10) => ({ owner: name, checks, strange });
test("many owners at once make the reference the suspect; one owner with many nodes does not", () => {
  expect(isCorrelated([owner("a", 9), owner("b", 9), owner("c", 0)])).toBe(true);
  expect(isCorrelated([owner("a", 900, 1_000)])).toBe(false);
  expect(isCorrelated([owner("a", 9), owner("b", 0), owner("c", 0), owner("d", 0)])).toBe(false);
  expect(isCorrelated([owner("a", 9), owner("b", 9), owner("c", 0), owner("d", 0), owner("e", 0)])).toBe(false);
  expect(isCorrelated([{ ...owner("a", 0), watched: true }, { ...owner("b", 0), watched: true }, owner("c", 0)])).toBe(
    true,
  );
});

test("a freeze ends by its re-run, and otherwise after seven days for the nodes", () => {
  const freeze = { sinceMs: 0, rerun: [] };
  expect(verdictOf(freeze, 4, 1)).toBe("goes_on");
  expect(verdictOf(freeze, 4, FREEZE_MS_MAX)).toBe("reference");
  expect(verdictOf({ sinceMs: 0, rerun: [owner("a", 9), owner("b", 9)] }, 4, 1)).toBe("nodes");
  expect(verdictOf({ sinceMs: 0, rerun: [owner("a", 9), owner("b", 0), owner("c", 0)] }, 4, 1)).toBe("reference");
});

test("a checker that errs too often is not believed, and is again once it is right", () => {
  const errs = [false, false, false].reduce(noteSeeded, { recent: [] });
  expect(isBelieved({ recent: [false, false] })).toBe(true);
  expect(isBelieved(errs)).toBe(false);
  expect(isBelieved(Array.from({ length: 20 }, () => true).reduce(noteSeeded, errs))).toBe(true);
  expect([isRight("good", 0.4), isRight("good", 0.001), isRight("bad", 0.001), isRight("bad", 0.4)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("a spoilt answer has the same words in another order", () => {
  const text = "one two three four five six seven eight nine ten";
  const bad = spoil(text, randomOf(3));
  expect(bad).not.toBe(text);
  expect(bad.split(" ").sort()).toEqual(text.split(" ").sort());
});

test("tiers", () => {
  expect(tierOf({ checks: 0, newChecks: 20, scoringOwners: 0 })).toBe("canary");
  expect(tierOf({ checks: 3, newChecks: 20, scoringOwners: 2 })).toBe("new");
  expect(tierOf({ checks: 30, newChecks: 20, scoringOwners: 2 })).toBe("scored");
});
