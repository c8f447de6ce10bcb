import { expect, test } from "vitest";
import type { LiveOffer } from "#nodes";
import { createTrouble } from "./trouble.ts";

const offer = {} as LiveOffer;

test("each failure of its own doubles the time expected to be lost, an answer clears it, and time does", () => {
  let nowMs = 0;
  const trouble = createTrouble({ monotonic: () => nowMs });
  expect(trouble.lostMs(offer)).toBe(0);
  for (const end of ["first_token_timeout", "protocol_violation", "engine_error"]) trouble.note(offer, end);
  expect(trouble.lostMs(offer)).toBe(7_000);
  nowMs += 40_000;
  expect(trouble.lostMs(offer)).toBe(1_000);
  trouble.note(offer, "delivered");
  expect(trouble.lostMs(offer)).toBe(0);
});

test("what the request or a full node brought about is not held against it, and there is a limit", () => {
  const trouble = createTrouble({ monotonic: () => 0 });
  for (const end of ["refused", "invalid_request", "context_length_exceeded", "overloaded", "task_cancelled"])
    trouble.note(offer, end);
  expect(trouble.lostMs(offer)).toBe(0);
  for (let i = 0; i < 100; i++) trouble.note(offer, "node_lost");
  expect(trouble.lostMs(offer)).toBe(127_000);
});
