import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attribute } from "./attribute.ts";
import { isWorthwhile } from "./isWorthwhile.ts";
import { realisedRate } from "./realised.ts";

const FAR = 10n ** 18n;

describe("spreading a claim over positions", () => {
  const earned = fc.array(fc.bigInt({ min: 0n, max: 10n ** 40n }), { minLength: 1, maxLength: 20 });

  it("gives out exactly what was claimed, nobody less than nothing, by weight to within two wei", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 27n }), earned, (amountWei, weights) => {
        const parts = attribute(
          amountWei,
          weights.map((weightSeconds, i) => ({ positionId: String(i), weightSeconds })),
        );
        expect(parts.reduce((sum, p) => sum + p.amountWei, 0n)).toBe(amountWei);
        const total = weights.reduce((a, b) => a + b, 0n);
        for (const [i, { amountWei: part }] of parts.entries()) {
          expect(part).toBeGreaterThanOrEqual(0n);
          if (total === 0n) continue;
          const exact = (amountWei * (weights[i] ?? 0n)) / total;
          expect(part - exact).toBeLessThanOrEqual(1n);
          expect(exact - part).toBeLessThanOrEqual(1n);
        }
      }),
    );
  });

  it("has nobody to give to without positions", () => {
    expect(attribute(5n, [])).toEqual([]);
  });
});

describe("the realised rate", () => {
  const day = 86_400;
  const span = {
    ...{ epochs: 3, revenueWei: 10n * FAR, spanS: 10 * day },
    ...{ stakeSeconds: 1_000n * FAR * BigInt(10 * day), weightSeconds: 2_000n * FAR * BigInt(10 * day) },
  };

  it("is revenue a year for what was staked", () => {
    const { apyPpm, byLockPpm, reason } = realisedRate(span, 7 * day);
    // 10 FAR in 10 days on 1 000 FAR: 36.5 %.
    expect(apyPpm).toBe(365_000n);
    expect(byLockPpm).toMatchObject({ 0: 182_500n, 365: 365_000n });
    expect(reason).toBeNull();
  });

  it("says why it says nothing", () => {
    const reasonOf = (changes: Partial<typeof span>) => realisedRate({ ...span, ...changes }, 7 * day).reason;
    expect(reasonOf({ epochs: 0 })).toBe("too_few_epochs");
    expect(reasonOf({ spanS: 7 * day - 1 })).toBe("too_short");
    expect(reasonOf({ stakeSeconds: 0n, weightSeconds: 0n })).toBe("nothing_staked");
  });
});

describe("fetching is worth it", () => {
  // 100 000 gas at 1 gwei and $600: 6 cents; FAR at 10 cents, twenty times: 12 FAR.
  const offer = { rate8: 10_000_000n, gas: 100_000n, gasPriceWei: 10n ** 9n, coinMicroUsd: 600_000_000n, times: 20n };

  it.each([
    ["when it pays the gas so many times", 12n * FAR, {}, true],
    ["but not a wei below", 12n * FAR - 1n, {}, false],
    ["never for nothing", 0n, { times: 0n }, false],
    ["for a wei, where gas does not matter", 1n, { times: 0n, rate8: null }, true],
    ["not while FAR has no price", 1_000_000n * FAR, { rate8: null }, false],
  ])("%s", (_, waitingWei, changes, expected) => {
    expect(isWorthwhile({ ...offer, waitingWei, ...changes })).toBe(expected);
  });
});
