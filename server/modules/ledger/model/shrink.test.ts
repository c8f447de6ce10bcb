import fc from "fast-check";
import { expect, test } from "vitest";
import { shrink } from "./shrink.ts";

const amount = fc.bigInt({ min: 0n, max: 10n ** 24n });
const ordered = (a: bigint, b: bigint) => (a < b ? { amount: b, amountMin: a } : { amount: a, amountMin: b });
const leg = fc.tuple(amount, amount, amount).map(([a, b, held]) => ({ ...ordered(a, b), held }));

test("every leg lies between its minimum and its amount, and within what is held", () => {
  fc.assert(
    fc.property(fc.array(leg, { minLength: 1, maxLength: 3 }), (legs) => {
      const given = legs.map(({ amount, amountMin }, index) => ({ account: `far:wallet:${index}`, amount, amountMin }));
      const result = shrink(
        given,
        legs.map((l) => l.held),
      );
      if (typeof result === "number") {
        expect(legs[result]?.held).toBeLessThan(legs[result]?.amountMin ?? 0n);
        return;
      }
      legs.forEach((l, index) => {
        const got = result[index] ?? -1n;
        expect(got >= l.amountMin && got <= l.amount && got <= l.held).toBe(true);
      });
      if (legs.every((l) => l.held >= l.amount)) expect(result).toEqual(legs.map((l) => l.amount));
      else expect(legs.some((l, index) => l.held < l.amount && result[index] === l.held)).toBe(true);
    }),
  );
});

test("legs shrink by one share of their spans, so that a wallet and a cap stay in step", () => {
  const legs = [
    { account: "far:wallet:a", amount: 1_000n, amountMin: 200n },
    { account: "usd:cap:k", amount: 100n, amountMin: 20n },
  ];
  expect(shrink(legs, [600n, 100n])).toEqual([600n, 60n]);
  expect(shrink(legs, [600n, 40n])).toEqual([400n, 40n]);
  expect(shrink(legs, [199n, 100n])).toBe(0);
});

test("a leg without a minimum is all or nothing, and does not hold the others back", () => {
  const legs = [
    { account: "far:wallet:a", amount: 10n },
    { account: "usd:cap:k", amount: 100n, amountMin: 0n },
  ];
  expect(shrink(legs, [10n, 50n])).toEqual([10n, 50n]);
  expect(shrink(legs, [9n, 50n])).toBe(0);
});
