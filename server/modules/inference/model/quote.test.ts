import fc from "fast-check";
import { expect, test } from "vitest";
import { affordable, believableTokens, quote } from "./quote.ts";

const price = fc.record({
  prices: fc.record({ inputMicro: fc.bigInt(0n, 20_000_000n), outputMicro: fc.bigInt(1n, 20_000_000n) }),
  rate8: fc.bigInt(1n, 10n ** 12n),
  promptTokens: fc.integer({ min: 0, max: 200_000 }),
  choices: fc.integer({ min: 1, max: 8 }),
});

test("what a reserve affords never costs more than the reserve, and one token more would", () => {
  fc.assert(
    fc.property(price, fc.bigInt(0n, 10n ** 24n), fc.integer({ min: 1, max: 4096 }), (p, wei, wanted) => {
      const base = quote({ ...p, maxTokens: 0 });
      fc.pre(base.wei <= wei);
      const maxTokens = affordable(p, { wei, vcu: null, micro: null }, wanted);
      expect(maxTokens).toBeGreaterThanOrEqual(0);
      expect(quote({ ...p, maxTokens }).wei <= wei).toBe(true);
      if (maxTokens < wanted) expect(quote({ ...p, maxTokens: maxTokens + 1 }).wei > wei).toBe(true);
    }),
  );
});

test("a cap in micro-dollars limits as the wallet does", () => {
  fc.assert(
    fc.property(price, fc.bigInt(0n, 10n ** 9n), (p, micro) => {
      const base = quote({ ...p, maxTokens: 0 });
      fc.pre(base.micro <= micro);
      const maxTokens = affordable(p, { wei: 10n ** 40n, vcu: null, micro }, 4096);
      expect(quote({ ...p, maxTokens }).micro <= micro).toBe(true);
    }),
  );
});

test("credits limit as a cap does, and the tightest of all limits holds", () => {
  const units = fc.bigInt(0n, 10n ** 9n);
  fc.assert(
    fc.property(price, units, units, fc.bigInt(0n, 10n ** 24n), (p, vcu, micro, wei) => {
      const base = quote({ ...p, maxTokens: 0 });
      fc.pre(base.vcu <= vcu && base.micro <= micro && base.wei <= wei);
      const most = quote({ ...p, maxTokens: affordable(p, { wei, vcu, micro }, 4096) });
      expect(most.vcu <= vcu && most.micro <= micro && most.wei <= wei).toBe(true);
    }),
  );
});

test("the quote is the formula of docs/billing.md, rounded up once", () => {
  // 1 000 input and 500 output tokens at $0.20 per 1 M, FAR at $0.10: $0.0003 = 0.003 FAR
  const q = quote({
    prices: { inputMicro: 200_000n, outputMicro: 200_000n },
    rate8: 10_000_000n,
    promptTokens: 1000,
    maxTokens: 500,
    choices: 1,
  });
  expect(q.wei).toBe(3_000_000_000_000_000n);
  expect(q.micro).toBe(300n);
  expect(q.vcu).toBe(300n);
});

test("a claim is believed up to a token for every three bytes", () => {
  expect(believableTokens(10, 9)).toBe(3);
  expect(believableTokens(2, 9)).toBe(2);
  expect(believableTokens(null, 10)).toBe(4);
});
