import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Held, hold, signalOf } from "./autoscale.ts";
import { estimate } from "./estimate.ts";

describe("the signal", () => {
  it.each([
    [0, -2],
    [29, -2],
    [30, 0],
    [70, 0],
    [71, 4],
    [90, 4],
    [91, 8],
    [100, 8],
  ])("at %i of 100 slots asks for %i nodes", (slotsUsed, change) => {
    expect(signalOf({ slotsUsed, slotsTotal: 100, pending: 0 }).change).toBe(change);
  });

  it("counts what waits, and knows an empty network from one that cannot serve", () => {
    expect(signalOf({ slotsUsed: 50, slotsTotal: 100, pending: 45 })).toEqual({ utilisation: 0.95, change: 8 });
    expect(signalOf({ slotsUsed: 0, slotsTotal: 0, pending: 3 }).change).toBe(8);
    expect(signalOf({ slotsUsed: 0, slotsTotal: 0, pending: 0 }).change).toBe(0);
  });

  it("is told once it has stood, once, and taken back when it is over", () => {
    const full = signalOf({ slotsUsed: 95, slotsTotal: 100, pending: 0 });
    const fine = signalOf({ slotsUsed: 50, slotsTotal: 100, pending: 0 });
    const told: (number | null)[] = [];
    let held: Held | null = null;
    for (const [atS, signal] of [
      [0, full],
      [30, full],
      [60, full],
      [90, full],
      [95, fine],
      [100, full],
      [130, fine],
      [190, fine],
    ] as const) {
      const next = hold(held, signal, atS * 1000, 60_000);
      held = next.held;
      told.push(next.tell);
    }
    expect(told).toEqual([null, null, 8, null, null, null, null, 0]);
  });
});

describe("the estimate", () => {
  const demand = {
    hours: 24,
    tasks: 1_000,
    inputTokens: 100_000,
    outputTokens: 1_000_000,
    chargeWei: 24n * 10n ** 18n,
  };

  it("gives a lone node all of a small demand: 60 % of its charge", () => {
    const alone = estimate({ demand, speed: 100, slots: 4, othersSpeed: 0 });
    expect(alone).toMatchObject({ shareMillionths: 1_000_000n, atCapacity: false, perHourWei: 6n * 10n ** 17n });
  });

  it("never promises more than the demand holds, nor more than the node can compute", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 1_000_000_000 }),
        (speed, slots, othersSpeed, outputTokens) => {
          const e = estimate({ demand: { ...demand, outputTokens }, speed, slots, othersSpeed });
          expect(e.perHourWei >= 0n && e.perHourWei * 24n * 100n <= demand.chargeWei * 60n).toBe(true);
          expect(e.utilisation).toBeLessThanOrEqual(1);
          if (e.atCapacity) expect(e.utilisation).toBeGreaterThan(0.99);
        },
      ),
    );
  });

  it("falls with every rival", () => {
    const one = estimate({ demand, speed: 100, slots: 4, othersSpeed: 400 });
    const many = estimate({ demand, speed: 100, slots: 4, othersSpeed: 4_000 });
    expect(one.shareMillionths).toBe(500_000n);
    expect(many.perHourWei).toBeLessThan(one.perHourWei);
  });
});
