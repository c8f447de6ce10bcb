import fc from "fast-check";
import { expect, it } from "vitest";
import { createRateLimiter } from "./index.ts";

it("lets exactly the burst through, then one per interval", () => {
  let nowMs = 1_000;
  const limiter = createRateLimiter({ clock: { now: () => nowMs, monotonic: () => nowMs } });
  const take = () => limiter.take("a", { perMin: 60 });
  for (let left = 59; left >= 0; left--) expect(take()).toMatchObject({ allowed: true, remaining: left, limit: 60 });
  expect(take()).toMatchObject({ allowed: false, remaining: 0, retryMs: 1_000 });
  nowMs += 999;
  expect(take().allowed).toBe(false);
  nowMs += 1;
  expect(take().allowed).toBe(true);
  expect(take().allowed).toBe(false);
  expect(limiter.take("b", { perMin: 60 }).allowed).toBe(true);
});

it("never lets more than burst + rate·time through, whatever the arrivals", () => {
  const runs = fc.record({
    perMin: fc.integer({ min: 1, max: 10_000 }),
    burst: fc.integer({ min: 1, max: 200 }),
    gapsMs: fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 400 }),
  });
  fc.assert(
    fc.property(runs, ({ perMin, burst, gapsMs }) => {
      let nowMs = 0;
      let passed = 0;
      const limiter = createRateLimiter({ clock: { now: () => nowMs, monotonic: () => nowMs } });
      for (const gap of gapsMs) {
        nowMs += gap;
        const decision = limiter.take("a", { perMin, burst });
        if (decision.allowed) passed++;
        else {
          // What it says about waiting is true.
          nowMs += decision.retryMs;
          expect(limiter.take("a", { perMin, burst }).allowed).toBe(true);
          passed++;
        }
        expect(passed).toBeLessThanOrEqual(burst + (nowMs * perMin) / 60_000 + 1e-6);
      }
    }),
  );
});
