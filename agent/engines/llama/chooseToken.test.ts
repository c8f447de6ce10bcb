import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseToken, penalise } from "./chooseToken.ts";
import { drawsAt } from "./random.ts";

const plain = { temperature: 1, topP: 1, presencePenalty: 0, frequencyPenalty: 0 };
const candidates = (...logits: number[]) => logits.map((logit, token) => ({ token, logit }));
const sorted = (...logits: number[]) => penalise(candidates(...logits), new Map(), plain);

describe("chooseToken", () => {
  it("takes the likeliest at temperature 0, the lower token of a tie", () => {
    expect(chooseToken(sorted(1, 3, 3, 2), { ...plain, temperature: 0, draw: () => 0.99 })).toBe(1);
  });

  it("draws in proportion: three times as likely, three times as often", () => {
    const counts = [0, 0];
    for (let i = 0; i < 4000; i += 1) {
      const token =
        chooseToken(sorted(Math.log(3), 0), { ...plain, draw: drawsAt({ seed: 5, choice: 0, position: i }) }) ?? 9;
      counts[token] = (counts[token] ?? 0) + 1;
    }
    expect((counts[0] ?? 0) / 4000).toBeCloseTo(0.75, 1);
  });

  it("draws under a grammar as if only what it allows were there", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 8 }),
        fc.nat(),
        (logits, seed) => {
          const all = sorted(...logits);
          const only = all.filter((c) => c.token % 2 === 1);
          const options = { ...plain, draw: drawsAt({ seed, choice: 0, position: 0 }) };
          const chosen = chooseToken(all, options, (t) => t % 2 === 1);
          expect(only.map((c) => c.token)).toContain(chosen);
        },
      ),
    );
    const counts = new Map<number | undefined, number>();
    for (let i = 0; i < 4000; i += 1) {
      const token = chooseToken(
        sorted(2, Math.log(3), 0),
        { ...plain, draw: drawsAt({ seed: 9, choice: 0, position: i }) },
        (t) => t > 0,
      );
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    expect((counts.get(1) ?? 0) / 4000).toBeCloseTo(0.75, 1);
  });

  it("keeps to the nucleus, and leaves it only where a grammar forbids all of it", () => {
    for (let i = 0; i < 200; i += 1)
      expect(
        chooseToken(sorted(5, 0, 0), { ...plain, topP: 0.5, draw: drawsAt({ seed: 1, choice: 0, position: i }) }),
      ).toBe(0);
    expect(chooseToken(sorted(5, 0, -1), { ...plain, topP: 0.5, draw: () => 0.3 }, (t) => t > 0)).toBe(1);
    expect(chooseToken(sorted(1, 2), { ...plain, draw: () => 0.3 }, () => false)).toBeUndefined();
  });

  it("penalises presence once and frequency per use", () => {
    const counts = new Map([
      [0, 1],
      [1, 3],
    ]);
    const logits = new Map(
      penalise(candidates(0, 0, 0), counts, { ...plain, presencePenalty: 0.5, frequencyPenalty: 0.25 }).map((c) => [
        c.token,
        c.logit,
      ]),
    );
    expect(logits).toEqual(
      new Map([
        [2, 0],
        [0, -0.75],
        [1, -1.25],
      ]),
    );
  });
});

describe("drawsAt", () => {
  it("depends on seed, choice, position and token, and nothing else", () => {
    const origin = { seed: 1, choice: 0, position: 0 };
    const others = [
      { position: 1 },
      { choice: 1 },
      { seed: 2 },
      { seed: -1 },
      { seed: 1 + 2 ** 32 },
      { seed: Number.MAX_SAFE_INTEGER },
    ];
    const all = [drawsAt(origin)(0), drawsAt(origin)(1), ...others.map((o) => drawsAt({ ...origin, ...o })(0))];
    expect(new Set(all).size).toBe(all.length);
    expect(drawsAt(origin)(0)).toBe(all[0]);
    for (const draw of all) expect(draw > 0 && draw < 1).toBe(true);
  });

  it("is even over tokens and positions", () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let position = 0; position < 200; position += 1)
      for (let token = 0; token < 100; token += 1) {
        const bucket = Math.floor(drawsAt({ seed: 3, choice: 0, position })(token) * 10);
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      }
    for (const count of buckets) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});
