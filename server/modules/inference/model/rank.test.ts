import fc from "fast-check";
import { expect, test } from "vitest";
import { expectedMs, type RankInput } from "./rank.ts";

const base: RankInput = {
  promptTokens: 1000,
  knownShare: 0,
  outputTokens: 200,
  tokensPerSecond: 50,
  firstTokenMs: 100,
  inFlight: 0,
  slots: 4,
  score: 80,
  otherRegion: false,
};

test("every factor moves the number the right way", () => {
  const ms = expectedMs(base);
  expect(expectedMs({ ...base, tokensPerSecond: 100 })).toBeLessThan(ms);
  expect(expectedMs({ ...base, knownShare: 0.9 })).toBeLessThan(ms);
  expect(expectedMs({ ...base, score: 100 })).toBeLessThan(ms);
  expect(expectedMs({ ...base, inFlight: 3 })).toBeGreaterThan(ms);
  expect(expectedMs({ ...base, firstTokenMs: 500 })).toBeGreaterThan(ms);
  expect(expectedMs({ ...base, otherRegion: true })).toBeGreaterThan(ms);
});

test("it is finite and never negative", () => {
  fc.assert(
    fc.property(
      fc.record({
        promptTokens: fc.nat(10 ** 6),
        knownShare: fc.double({ min: 0, max: 1, noNaN: true }),
        outputTokens: fc.nat(10 ** 6),
        tokensPerSecond: fc.double({ min: 0, max: 10 ** 6, noNaN: true }),
        firstTokenMs: fc.nat(10 ** 6),
        inFlight: fc.nat(1024),
        slots: fc.integer({ min: 1, max: 1024 }),
        score: fc.integer({ min: 0, max: 100 }),
        otherRegion: fc.boolean(),
      }),
      (r) => {
        const ms = expectedMs(r);
        expect(Number.isFinite(ms) && ms >= 0).toBe(true);
      },
    ),
  );
});
