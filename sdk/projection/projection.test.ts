import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AMOUNT_WEI_MAX,
  LOCK_WEIGHT_BPS,
  projectRevenue,
  projectStaking,
  REVENUE_STREAMS,
  type RevenueStreamName,
  STREAM_ASSUMPTIONS,
  toMicroUsd,
} from "./index.ts";

const FAR = 10n ** 18n;
const amounts = fc.bigInt({ min: 1n, max: AMOUNT_WEI_MAX });
const some = fc.subarray([...REVENUE_STREAMS]);
const code = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return (error as { code: unknown }).code;
  }
  return "nothing thrown";
};

describe("revenue", () => {
  it("has the product's rates", () => {
    const asText = Object.entries(STREAM_ASSUMPTIONS).map(([s, a]) => `${s} ${a.baseBps} ${a.growthBps}`);
    expect(asText).toEqual([
      "inference 800 10500",
      "gpu 600 11500",
      "gaming 400 10300",
      "desci 200 10200",
      "gamed 300 10400",
      "fartwin 500 10800",
    ]);
  });

  it("is what a person calculates by hand for 10 000 FAR", () => {
    const { points, simulation, assumptions } = projectRevenue();
    expect(simulation).toBe(true);
    expect(points).toHaveLength(13);
    expect(points[0]).toMatchObject({ monthlyWei: 1_400n * FAR, cumulativeWei: 1_400n * FAR, roiPpm: 140_000n });
    expect(points[1]).toMatchObject({ monthlyWei: 1_530n * FAR, cumulativeWei: 2_930n * FAR });
    // 800 · 1.05² + 600 · 1.15² = 882 + 793.5
    expect(points[2]?.monthlyWei).toBe(16_755n * (FAR / 10n));
    expect(assumptions.sentences.join(" ")).toMatch(
      /simulation.*inference: 8 % .* 5 % more each month.*gpu: 6 % .* 15 %/,
    );
  });

  it("says 36 months of all streams to the wei", () => {
    const { points } = projectRevenue({ amountWei: FAR, months: 36, streams: REVENUE_STREAMS });
    const last = points.at(-1);
    const exact = REVENUE_STREAMS.map((s) => {
      const { baseBps, growthBps } = STREAM_ASSUMPTIONS[s];
      return (FAR * baseBps * growthBps ** 36n) / 10_000n ** 37n;
    });
    expect(last?.month).toBe(36);
    expect(last?.monthlyWei).toBe(exact.reduce((a, b) => a + b, 0n));
  });

  it("adds up: parts to the month, months to the sum, and never falls", () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 36 }), some, (amountWei, months, streams) => {
        const { points } = projectRevenue({ amountWei, months, streams });
        let sum = 0n;
        for (const point of points) {
          const parts = Object.values(point.byStream).reduce((a, b) => a + b, 0n);
          expect(point.monthlyWei).toBe(parts);
          sum += point.monthlyWei;
          expect(point.cumulativeWei).toBe(sum);
          expect(point.roiPpm).toBe((sum * 1_000_000n) / amountWei);
        }
        expect(points.map((p) => p.month)).toEqual(Array.from({ length: months + 1 }, (_, i) => i));
      }),
    );
  });

  it("rounds each stream's month down by less than a wei, and agrees with floating point as far as that goes", () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 36 }), (amountWei, months) => {
        const { points } = projectRevenue({ amountWei, months, streams: ["gpu"] });
        for (const { month, monthlyWei } of points) {
          const float = Number(amountWei) * 0.06 * 1.15 ** month;
          expect(Math.abs(Number(monthlyWei) - float)).toBeLessThan(1 + float * 1e-12);
        }
      }),
    );
  });

  it("names what it refuses", () => {
    for (const amountWei of [0n, -1n, AMOUNT_WEI_MAX + 1n]) {
      expect(code(() => projectRevenue({ amountWei }))).toBe("amount_out_of_bounds");
    }
    for (const months of [0, 37, 1.5, Number.NaN, -1]) {
      expect(code(() => projectRevenue({ months }))).toBe("period_out_of_bounds");
    }
    const named = (...streams: string[]) => projectRevenue({ streams: streams as RevenueStreamName[] });
    expect(code(() => named("toString"))).toBe("unknown_stream");
    expect(code(() => named("gpu", "gpu"))).toBe("stream_repeated");
    expect(named().points.every((p) => p.monthlyWei === 0n)).toBe(true);
  });
});

describe("staking", () => {
  const realised = { revenueWei: 100n * FAR, spanS: 86_400, meanWeightWei: 30_000n * FAR };

  it("repeats what came, shared by weight", () => {
    const plain = projectStaking({ realised, days: 1 });
    // 100 FAR a day · 10 000 / 40 000
    expect(plain.rewardWei).toBe(25n * FAR);
    expect(plain.apyPpm).toBe(912_500n);
    expect(projectStaking({ realised, days: 1, lockDays: 365 }).rewardWei).toBe(40n * FAR);
  });

  it("says nothing without history", () => {
    expect(projectStaking({ realised: null })).toMatchObject({ simulation: true, rewardWei: null, apyPpm: null });
  });

  it("never gives a stake more than all that came, and all of it to one alone", () => {
    const bigs = fc.bigInt({ min: 0n, max: AMOUNT_WEI_MAX });
    const locks = fc.constantFrom(...Object.keys(LOCK_WEIGHT_BPS).map(Number));
    fc.assert(
      fc.property(amounts, bigs, bigs, locks, (amountWei, revenueWei, meanWeightWei, lockDays) => {
        const history = { revenueWei, spanS: 10 * 86_400, meanWeightWei };
        const { rewardWei } = projectStaking({ realised: history, amountWei, lockDays, days: 10 });
        expect(rewardWei).not.toBeNull();
        expect(rewardWei ?? 0n).toBeLessThanOrEqual(revenueWei);
        if (meanWeightWei === 0n) expect(rewardWei).toBe(revenueWei);
      }),
    );
  });

  it("names what it refuses", () => {
    expect(code(() => projectStaking({ realised, lockDays: 31 }))).toBe("unknown_lock");
    expect(code(() => projectStaking({ realised, days: 1_096 }))).toBe("period_out_of_bounds");
    expect(code(() => projectStaking({ realised, amountWei: 0n }))).toBe("amount_out_of_bounds");
    expect(code(() => projectStaking({ realised: { ...realised, spanS: 0 } }))).toBe("history_invalid");
    expect(code(() => projectStaking({ realised: { ...realised, revenueWei: -1n } }))).toBe("history_invalid");
  });
});

it("turns FAR into dollars at a rate", () => {
  expect(toMicroUsd(10_000n * FAR, 10_000_000n)).toBe(1_000_000_000n);
  expect(toMicroUsd(1n, 10_000_000n)).toBe(0n);
  expect(code(() => toMicroUsd(1n, 0n))).toBe("rate_out_of_bounds");
});

it("needs nothing but the language: it imports only its own files", () => {
  const files = readdirSync(import.meta.dirname).filter((f) => f.endsWith(".ts") && !f.endsWith(".test.ts"));
  const from = files.flatMap((f) => [
    ...readFileSync(join(import.meta.dirname, f), "utf8").matchAll(/from "([^"]+)"/g),
  ]);
  expect(from.map((m) => m[1]).filter((specifier) => !specifier?.startsWith("./"))).toEqual([]);
});
