import { expect, it } from "vitest";
import { summarise, table } from "./report.ts";
import type { Round } from "./scenarios/run.ts";

const report = (perSecond: number, p99: number, wrong: Record<string, number> = {}): Round => ({
  cpuUsEach: 10,
  answers: perSecond,
  answersInAll: perSecond,
  wrong,
  durationMs: 1_000,
  perSecond,
  latencyMs: { p50: 1, p90: 2, p99, max: 9 },
  firstTextMs: { p50: 1, p90: 2, p99, max: 9 },
});

it("takes medians over the rounds and compares ours with each", () => {
  const summaries = summarise(
    [
      { contender: "network", rounds: [report(300, 4), report(100, 6), report(200, 5)], answersInAll: 600 },
      {
        contender: "proxy",
        rounds: [report(50, 10, { reset: 1 }), report(40, 20), report(60, 30, { reset: 2 })],
        answersInAll: 150,
      },
    ],
    [],
  );
  expect(summaries[0]).toMatchObject({
    perSecond: 200,
    perSecondMin: 100,
    perSecondMax: 300,
    oursToThis: { perSecond: 1 },
  });
  expect(summaries[1]).toMatchObject({ perSecond: 50, wrong: { reset: 3 }, oursToThis: { perSecond: 4, p99: 0.25 } });
});

it("aligns columns", () => {
  expect(
    table([
      ["", "rate"],
      ["a long name", "5"],
    ]),
  ).toBe("             rate\na long name     5");
});
