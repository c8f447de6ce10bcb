import { expect, it } from "vitest";
import { tokensPerSecond } from "./speed.ts";

it("measures from the first token on", () => {
  expect(tokensPerSecond({ tokens: 101, firstMs: 5_000, writingMs: 2_000 })).toBe(50);
});

it("takes the whole time of an answer that came in one piece", () => {
  expect(tokensPerSecond({ tokens: 33, firstMs: 65, writingMs: 1 })).toBe(500);
});

it("says nothing of one token, or of no time", () => {
  expect(tokensPerSecond({ tokens: 1, firstMs: 50, writingMs: 0 })).toBeNull();
  expect(tokensPerSecond({ tokens: 5, firstMs: 0, writingMs: 0 })).toBeNull();
});
