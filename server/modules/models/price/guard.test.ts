import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FeedRound, flawOf, type GuardState, observe } from "./guard.ts";

const limits = { jumpBps: 2_000n, confirmMs: 600_000 };
const NOW = 1_700_000_000_000;
const round = (roundId: bigint, answer: bigint, updatedAtMs = NOW + Number(roundId) * 1_000): FeedRound => ({
  ...{ roundId, answeredInRound: roundId, answer, decimals: 8, updatedAtMs },
});
const none: GuardState = { accepted: null, held: null };
/** Feeds rounds one after the other, each with the monotonic ms of its reading. */
const after = (...reads: readonly (readonly [FeedRound, number])[]): GuardState =>
  reads.reduce((state, [read, monotonicMs]) => observe(state, read, { monotonicMs, limits }), none);

describe("flaws", () => {
  it.each([
    ["wrong_decimals", { decimals: 18 }],
    ["not_positive", { answer: 0n }],
    ["not_positive", { answer: -1n }],
    ["not_positive", { answer: 10n ** 30n + 1n }],
    ["incomplete", { updatedAtMs: 0 }],
    ["incomplete", { answeredInRound: 4n }],
    ["from_the_future", { updatedAtMs: NOW + 600_001 }],
    [null, { updatedAtMs: NOW + 600_000 }],
    [null, {}],
  ])("%s for %o", (flaw, changes) => {
    expect(flawOf({ ...round(5n, 10_000_000n), ...changes }, NOW)).toBe(flaw);
  });
});

describe("a jump", () => {
  it("is a move beyond the limit, up or down; the limit itself is none", () => {
    const start = [round(1n, 1_000n), 0] as const;
    for (const [answer, isHeld] of [
      [1_200n, false],
      [800n, false],
      [1_201n, true],
      [799n, true],
    ] as const) {
      const { accepted, held } = after(start, [round(2n, answer), 1]);
      expect([accepted?.rate8, held?.rate8]).toEqual(isHeld ? [1_000n, answer] : [answer, undefined]);
    }
  });

  it("is accepted once it stood for the time, not a millisecond before", () => {
    const jump = round(2n, 2_000n);
    const reads = [
      [round(1n, 1_000n), 0],
      [jump, 5],
    ] as const;
    expect(after(...reads, [jump, 600_004]).accepted?.rate8).toBe(1_000n);
    expect(after(...reads, [jump, 600_005])).toMatchObject({ accepted: { rate8: 2_000n }, held: null });
  });

  it("is accepted with a later round that agrees, and dropped with one that is back", () => {
    const reads = [
      [round(1n, 1_000n), 0],
      [round(2n, 2_000n), 1],
    ] as const;
    expect(after(...reads, [round(3n, 2_100n), 2])).toMatchObject({ accepted: { rate8: 2_100n }, held: null });
    expect(after(...reads, [round(3n, 1_010n), 2])).toMatchObject({ accepted: { rate8: 1_010n }, held: null });
    expect(after(...reads, [round(3n, 9_000n), 2])).toMatchObject({
      ...{ accepted: { rate8: 1_000n }, held: { rate8: 9_000n, sinceMs: 2 } },
    });
  });

  it("is not confirmed by the same round with another answer, nor by an older round", () => {
    const reads = [
      [round(1n, 1_000n), 0],
      [round(2n, 2_000n), 1],
    ] as const;
    expect(after(...reads, [round(2n, 2_001n), 2]).accepted?.rate8).toBe(1_000n);
    expect(after(...reads, [round(3n, 2_000n, NOW), 2]).accepted?.rate8).toBe(1_000n);
  });
});

it("never accepts a move beyond the limit at its first sight, whatever the feed says", () => {
  const reads = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 10_000n }), fc.integer({ min: 0, max: 400_000 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(reads, (steps) => {
      let state = observe(none, round(0n, 1_000n), { monotonicMs: 0, limits });
      let monotonicMs = 0;
      steps.forEach(([answer, waitMs], i) => {
        monotonicMs += waitMs;
        const before = state;
        state = observe(state, round(BigInt(i + 1), answer), { monotonicMs, limits });
        const from = before.accepted?.rate8 ?? 0n;
        const isFar = (answer > from ? answer - from : from - answer) * 10_000n > from * limits.jumpBps;
        if (isFar && before.held === null) expect(state.accepted).toBe(before.accepted);
        else if (!isFar) expect(state).toMatchObject({ accepted: { rate8: answer }, held: null });
      });
    }),
  );
});
