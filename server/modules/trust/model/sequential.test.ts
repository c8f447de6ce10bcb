import fc from "fast-check";
import { expect, test } from "vitest";
import { calibrate, shareAsStrange } from "./calibration.ts";
import {
  ALPHA_SLASH,
  ALPHA_WATCH,
  EVIDENCE_MAX,
  factorOfHit,
  factorOfP,
  meanFactor,
  NO_EVIDENCE,
  observe,
  rejects,
  weight,
} from "./sequential.ts";
import { randomOf } from "./testing/random.ts";

type Draw = (random: () => number) => number;

/** Box and Muller. */
const normal: Draw = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** Honest noise of three kinds: ordinary, skewed, and with tails so heavy that it has no variance. */
const noises: Record<string, Draw> = {
  normal,
  skewed: (random) => Math.exp(normal(random)),
  "heavy-tailed": (random) => normal(random) / Math.max(1e-9, Math.abs(normal(random))),
};

/** Checks until the test rejects at alpha, or null when it does not within `max`. */
function checksUntil(
  alpha: number,
  { seed, max, honest, actual }: { seed: number; max: number; honest: Draw; actual: Draw },
) {
  const random = randomOf(seed);
  const calibration = calibrate(
    Array.from({ length: 600 }, () => honest(random)),
    0,
  );
  let evidence = NO_EVIDENCE;
  for (let checks = 1; checks <= max; checks++) {
    evidence = observe(evidence, factorOfP(shareAsStrange(calibration, actual(random))));
    if (rejects(evidence, alpha)) return checks;
  }
  return null;
}

test("nothing speaks against a node that was not checked, and one check never accuses", () => {
  expect(weight(NO_EVIDENCE)).toBe(1);
  expect(weight(observe(NO_EVIDENCE, EVIDENCE_MAX))).toBeLessThanOrEqual(EVIDENCE_MAX);
  expect(rejects(observe(observe(NO_EVIDENCE, EVIDENCE_MAX), EVIDENCE_MAX), ALPHA_WATCH)).toBe(false);
});

test("the mean factor of an honest check is at most one", () => {
  const steps = 200_000;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += factorOfP((i + 0.5) / steps);
  expect(sum / steps).toBeLessThanOrEqual(1);
  for (const rate of [0.001, 0.01, 0.05])
    expect(rate * factorOfHit(true, rate) + (1 - rate) * factorOfHit(false, rate)).toBeCloseTo(1);
  expect(meanFactor([])).toBe(1);
});

test("a fair factor keeps the whole weight fair: the mean over both outcomes is the weight before", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0.5, 1.5), { maxLength: 40 }), (history) => {
      const before = history.reduce(observe, NO_EVIDENCE);
      const after = (weight(observe(before, 0.5)) + weight(observe(before, 1.5))) / 2;
      expect(after).toBeCloseTo(weight(before), 9);
    }),
  );
});

for (const [name, noise] of Object.entries(noises)) {
  test(`honest nodes with ${name} noise: 3 000 nodes of 200 checks, accused no oftener than the bound`, () => {
    let accused = 0;
    for (let seed = 1; seed <= 3_000; seed++) {
      const at = checksUntil(ALPHA_WATCH, { seed, max: 200, honest: noise, actual: noise });
      if (at !== null) accused += 1;
    }
    // The bound allows 3 on average; 9 or more would come by chance once in 250.
    expect(accused).toBeLessThan(9);
  });

  test(`honest nodes with ${name} noise: none of 300 nodes of 2 000 checks comes near a slash`, () => {
    for (let seed = 1; seed <= 300; seed++)
      expect(checksUntil(ALPHA_SLASH, { seed, max: 2_000, honest: noise, actual: noise })).toBeNull();
  });
}

const shifts: { what: string; actual: Draw; checksMax: number }[] = [
  { what: "each answer far off", actual: (random) => 6 + normal(random), checksMax: 12 },
  { what: "each answer two spreads off", actual: (random) => 2 + normal(random), checksMax: 60 },
  { what: "each answer one spread off", actual: (random) => 1 + normal(random), checksMax: 400 },
  { what: "every second answer far off", actual: (random) => (random() < 0.5 ? 6 : 0) + normal(random), checksMax: 80 },
  {
    what: "one answer in four far off",
    actual: (random) => (random() < 0.25 ? 6 : 0) + normal(random),
    checksMax: 400,
  },
];
for (const { what, actual, checksMax } of shifts) {
  test(`dishonest, ${what}: every one of 200 nodes is found within ${checksMax} checks`, () => {
    for (let seed = 1; seed <= 200; seed++)
      expect(checksUntil(ALPHA_SLASH, { seed, max: checksMax, honest: normal, actual })).not.toBeNull();
  });
}

test("a node that turns after 2 000 honest checks is found as well", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomOf(seed);
    const calibration = calibrate(
      Array.from({ length: 600 }, () => normal(random)),
      0,
    );
    const factor = (shift: number): number => factorOfP(shareAsStrange(calibration, shift + normal(random)));
    let evidence = NO_EVIDENCE;
    for (let i = 0; i < 2_000; i++) evidence = observe(evidence, factor(0));
    let checks = 0;
    while (!rejects(evidence, ALPHA_SLASH)) {
      evidence = observe(evidence, factor(6));
      checks += 1;
    }
    expect(checks).toBeLessThanOrEqual(24);
  }
});

test("a machine off by no more than the margin is not accused", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed);
    const calibration = calibrate(
      Array.from({ length: 600 }, () => normal(random)),
      0.3,
    );
    let evidence = NO_EVIDENCE;
    for (let i = 0; i < 1_000; i++) {
      evidence = observe(evidence, factorOfP(shareAsStrange(calibration, 0.25 + normal(random))));
      expect(rejects(evidence, ALPHA_SLASH)).toBe(false);
    }
  }
});
