import { expect, test } from "vitest";
import { type CalibrationKey, calibrate, keyText } from "./calibration.ts";
import { endsByItself, judge, viewsOfCanary, viewsOfScores } from "./judge.ts";
import type { TokenScore } from "./statistic.ts";

const answer = { manifest: "0xm", hardware: "h100", temperature: 0 };
const scores = (rank: number): TokenScore[] => Array.from({ length: 40 }, () => [-0.1, rank]);
const honest = calibrate(
  Array.from({ length: 400 }, (_, i) => i / 4_000),
  0,
);
const only =
  (hardware: string, ...kinds: string[]) =>
  (key: CalibrationKey) =>
    key.hardware === hardware && kinds.includes(key.kind) ? honest : null;

test("without a calibration nothing is decided", () => {
  expect(judge(viewsOfScores(answer, scores(90), null), () => null)).toMatchObject({ share: null, factor: 1 });
});

test("a class of hardware that was never calibrated falls back to the calibration over several", () => {
  expect(judge(viewsOfScores(answer, scores(90), null), only("any", "score")).share).toBeLessThan(0.01);
});

test("an answer cut short is found by its end alone", () => {
  const views = viewsOfScores(answer, scores(1), [-9, 200]);
  expect(views.map((v) => keyText(v.key))).toEqual(["0xm|h100|score|cold|medium", "0xm|h100|end|cold|medium"]);
  const judged = judge(views, only("h100", "score", "end"));
  expect(judged.factor).toBeGreaterThan(4);
  expect(judge(viewsOfScores(answer, scores(1), null), only("h100", "score", "end")).factor).toBeLessThan(1);
});

test("an answer of a few words is looked at for its end alone, and one that did not end by itself not at all", () => {
  const few: TokenScore[] = [[-0.1, 1]];
  expect(viewsOfScores(answer, few, [-0.1, 1]).map((v) => keyText(v.key))).toEqual(["0xm|h100|end|cold|short"]);
  expect(judge(viewsOfScores(answer, few, [-9, 200]), only("h100", "end")).factor).toBeGreaterThan(5);
  expect(viewsOfScores(answer, few, null)).toEqual([]);
});

test("the end of an answer is judged only where the model alone can have ended it", () => {
  expect(endsByItself("stop", {})).toBe(true);
  expect(endsByItself("stop", { stop: [] })).toBe(true);
  expect(endsByItself("stop", { stop: ["\n\n"] })).toBe(false);
  expect(endsByItself("length", {})).toBe(false);
});

test("a canary is compared with another honest answer; a short one says nothing", () => {
  const text = "Water them rarely, give them light, and turn the pot from time to time.";
  expect(judge(viewsOfCanary(answer, text, text), only("h100", "canary")).factor).toBeLessThan(1);
  expect(judge(viewsOfCanary(answer, text.slice(0, 8), text), only("h100", "canary")).factor).toBeGreaterThan(5);
  expect(viewsOfCanary(answer, "yes", "no")).toEqual([]);
});
