import { expect, test } from "vitest";
import { chargedTokens, type Ending } from "./charge.ts";

const delivered = { inputTokens: 7, outputTokens: 5, paidByInput: false };
const all = { inputTokens: 7, outputTokens: 5 };
const nothing = { inputTokens: 0, outputTokens: 0 };

test.each<[Ending, typeof all]>([
  ["completed", all],
  ["cancelled", all],
  ["overall_limit", all],
  ["lost", nothing],
  ["failed", nothing],
  ["refused", nothing],
])("%s after output", (ending, charged) => {
  expect(chargedTokens(ending, delivered)).toEqual(charged);
});

test.each<Ending>(["completed", "cancelled", "overall_limit", "lost", "failed", "refused"])(
  "%s without output costs nothing",
  (ending) => {
    expect(chargedTokens(ending, { ...delivered, outputTokens: 0 })).toEqual(nothing);
  },
);

test("embeddings are paid by input once they arrived, and not before", () => {
  const embedding = { inputTokens: 7, outputTokens: 0, paidByInput: true };
  expect(chargedTokens("completed", embedding)).toEqual({ inputTokens: 7, outputTokens: 0 });
  expect(chargedTokens("cancelled", embedding)).toEqual(nothing);
});
