import fc from "fast-check";
import { expect, it } from "vitest";
import { nextDelayMs, parseRetryAfter, defaultRetryPolicy as policy } from "./retry.ts";

it("never waits less than asked, nor longer than its bounds", () => {
  const failed = fc.record({
    retriesDone: fc.nat(5),
    status: fc.constantFrom(0, 400, 402, 429, 500, 503),
    retryAfterS: fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
    isRepeatable: fc.boolean(),
  });
  fc.assert(
    fc.property(failed, fc.double({ min: 0, max: 0.999, noNaN: true }), (f, random) => {
      const delayMs = nextDelayMs(policy, f, random);
      const mayRetry =
        f.retriesDone < 2 && (f.status === 429 || f.status === 503 || (f.status === 0 && f.isRepeatable));
      const askedMs = (f.retryAfterS ?? 0) * 1_000;
      if (!mayRetry || askedMs > 30_000) return delayMs === null;
      return delayMs !== null && delayMs >= askedMs && delayMs <= Math.max(askedMs, policy.capMs) && delayMs >= 250;
    }),
  );
});

it("reads seconds and dates", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(parseRetryAfter("7", now)).toBe(7);
  expect(parseRetryAfter("Thu, 01 Jan 2026 00:00:30 GMT", now)).toBe(30);
  expect(parseRetryAfter("Thu, 01 Jan 2025 00:00:30 GMT", now)).toBe(0);
  expect(parseRetryAfter("soon", now)).toBeNull();
  expect(parseRetryAfter(null, now)).toBeNull();
});
