import { expect, test } from "vitest";
import { CONTROL_CHECKS, type ControlCheck, isStranger, wantsControls } from "./control.ts";
import { randomOf } from "./testing/random.ts";

const random = randomOf(3);
/** Factors as a mismatching node gets them, or an ordinary one. */
const strange = (n: number): number[] => Array.from({ length: n }, () => 4 + 6 * random());
const ordinary = (n: number): number[] => Array.from({ length: n }, () => Math.min(10, 0.5 / Math.sqrt(1 - random())));
const of = (owner: string, factors: readonly number[]): ControlCheck[] => factors.map((factor) => ({ owner, factor }));

test("who is strange among ordinary nodes is stranger", () => {
  const others = [...of("a", ordinary(20)), ...of("b", ordinary(20))];
  expect(isStranger(strange(12), others, 2)).toBe(true);
  expect(isStranger(ordinary(40), others, 2)).toBe(false);
});

test("where all are equally strange nobody is, however strange", () => {
  expect(isStranger(strange(60), [...of("a", strange(60)), ...of("b", strange(60))], 2)).toBe(false);
});

test("equal factors say nothing", () => {
  expect(isStranger(Array(30).fill(10), of("a", Array(60).fill(10)), 1)).toBe(false);
});

test("without a control group nobody is: too few checks, or one owner alone where there are more", () => {
  expect(isStranger(strange(30), of("a", ordinary(10)), 1)).toBe(false);
  expect(isStranger(strange(30), of("a", ordinary(60)), 2)).toBe(false);
  expect(isStranger(strange(30), of("a", ordinary(60)), 1)).toBe(true);
  expect(isStranger(strange(3), [...of("a", ordinary(30)), ...of("b", ordinary(30))], 2)).toBe(false);
});

test("an honest node is called stranger than others hardly ever", () => {
  let wrong = 0;
  for (let i = 0; i < 2_000; i++)
    if (isStranger(ordinary(30), [...of("a", ordinary(30)), ...of("b", ordinary(30))], 2)) wrong += 1;
  expect(wrong).toBeLessThanOrEqual(1);
});

test("controls are wanted until there are enough", () => {
  expect(wantsControls(10, CONTROL_CHECKS - 1)).toBe(true);
  expect(wantsControls(10, CONTROL_CHECKS)).toBe(false);
  expect(wantsControls(100, 99)).toBe(true);
});
