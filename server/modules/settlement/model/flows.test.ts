import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settleable12h } from "./capacity.ts";
import { depositFlow, outFlow } from "./walletFlows.ts";

const amount = fc.bigInt(0n, 10n ** 24n);

describe("wallet flows", () => {
  it("a deposit repays first and is credited only when nothing is owed any more", () => {
    fc.assert(
      fc.property(amount, amount, (owed, deposited) => {
        const flow = depositFlow(owed, deposited);
        expect(flow.repaidWei + flow.creditedWei).toBe(deposited);
        expect(flow.repaidWei <= owed).toBe(true);
        if (flow.creditedWei > 0n) expect(flow.repaidWei).toBe(owed);
      }),
    );
  });

  it("what leaves never takes a source below zero, and all of it is accounted for", () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 3 }), amount, (available, paid) => {
        const flow = outFlow(available, paid);
        const debited = flow.debitedWei.reduce((sum, wei) => sum + wei, 0n);
        expect(debited + flow.owedWei).toBe(paid);
        expect(flow.debitedWei.every((wei, i) => wei <= (available[i] ?? 0n))).toBe(true);
        if (flow.owedWei > 0n) expect(flow.debitedWei).toEqual(available);
      }),
    );
  });
});

describe("what the caps settle in 12 h", () => {
  const base = {
    movableWei: 1_000_000n,
    epochCapBps: 500,
    dayCapBps: 2_000,
    movedTodayWei: 0n,
    epochIntervalMs: 600_000,
    nowMs: Date.UTC(2026, 0, 1, 6),
  };

  it("is the rest of the day before noon and a fresh day more after it", () => {
    expect(settleable12h(base)).toBe(200_000n);
    expect(settleable12h({ ...base, movedTodayWei: 150_000n })).toBe(50_000n);
    expect(settleable12h({ ...base, movedTodayWei: 150_000n, nowMs: Date.UTC(2026, 0, 1, 13) })).toBe(250_000n);
    expect(settleable12h({ ...base, movedTodayWei: 900_000n })).toBe(0n);
  });

  it("is bounded by the epochs where the day has no limit", () => {
    expect(settleable12h({ ...base, dayCapBps: 10_000 })).toBe(50_000n * 72n);
    expect(settleable12h({ ...base, epochIntervalMs: 6 * 3_600_000 })).toBe(100_000n);
  });
});
