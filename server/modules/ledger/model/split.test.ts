import fc from "fast-check";
import { expect, test } from "vitest";
import { type SplitNode, splitCharge } from "./split.ts";

const charge = fc.bigInt({ min: 0n, max: 10n ** 30n });
const score = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const node = fc.record({ account: fc.constant("far:owner:0x1"), outputTokens: fc.nat(1_000_000), score });

test("the parts sum to the charge for every amount, score and number of nodes, and none is negative", () => {
  fc.assert(
    fc.property(charge, fc.array(node, { maxLength: 5 }), (amount, nodes) => {
      const split = splitCharge(amount, nodes);
      const parts = [split.stakers, split.treasury, ...split.operators.map((part) => part.amount)];
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
      expect(parts.every((part) => part >= 0n)).toBe(true);
    }),
  );
});

test("stakers get 20 %, one operator 54 to 66 %, the treasury 14 to 26 %", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 10n ** 9n, max: 10n ** 30n }), score, (amount, s) => {
      const { stakers, treasury, operators } = splitCharge(amount, [{ account: "a", outputTokens: 7, score: s }]);
      const share = (part: bigint): number => Number((part * 1_000_000n) / amount) / 10_000;
      expect(share(stakers)).toBeCloseTo(20, 3);
      const expected = 60 * (1 + Math.max(-10, Math.min(10, (s - 80) / 2)) / 100);
      expect(share(operators[0]?.amount ?? 0n)).toBeCloseTo(expected, 3);
      expect(share(treasury)).toBeGreaterThanOrEqual(13.999);
      expect(share(treasury)).toBeLessThanOrEqual(26.001);
    }),
  );
});

const exact: [string, bigint, readonly SplitNode[], bigint[], bigint][] = [
  ["score 80 is neutral", 1_000n, [{ account: "a", outputTokens: 1, score: 80 }], [600n], 200n],
  ["score 100 is capped at +10 %", 1_000n, [{ account: "a", outputTokens: 1, score: 100 }], [660n], 140n],
  ["score 0 is capped at −10 %", 1_000n, [{ account: "a", outputTokens: 1, score: 0 }], [540n], 260n],
  [
    "two nodes by tokens",
    1_000n,
    [
      { account: "a", outputTokens: 30, score: 80 },
      { account: "b", outputTokens: 10, score: 80 },
    ],
    [450n, 150n],
    200n,
  ],
  ["no tokens: all to the node that delivered", 1_000n, [{ account: "a", outputTokens: 0, score: 80 }], [600n], 200n],
  ["no node: the treasury has the rest", 1_000n, [], [], 800n],
  ["one wei goes to the treasury", 1n, [{ account: "a", outputTokens: 1, score: 100 }], [0n], 1n],
];
test.each(exact)("%s", (_name, amount, nodes, operators, treasury) => {
  const split = splitCharge(amount, nodes);
  expect(split.operators.map((part) => part.amount)).toEqual(operators);
  expect(split.treasury).toBe(treasury);
});

test("a node that delivered more is never paid less, at the same score", () => {
  fc.assert(
    fc.property(charge, fc.nat(10_000), fc.nat(10_000), score, (amount, a, b, s) => {
      const split = splitCharge(amount, [
        { account: "a", outputTokens: a, score: s },
        { account: "b", outputTokens: b, score: s },
      ]);
      const [first, second] = split.operators.map((part) => part.amount) as [bigint, bigint];
      expect(a >= b ? first >= second : first <= second).toBe(true);
    }),
  );
});
