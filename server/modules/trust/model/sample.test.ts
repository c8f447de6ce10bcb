import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { canaryOf } from "./canary.ts";
import { commitmentOf, isSampled, lotOf, periodOf, rateOf } from "./sample.ts";

const seed = createHash("sha256").update("a day's seed").digest();
const settings = { newChecks: 20, floor: 0.02 };

test("new and suspected nodes are checked always, others ever more rarely, and nobody never", () => {
  expect(rateOf({ standing: "good", checks: 19 }, settings)).toBe(1);
  expect(rateOf({ standing: "watched", checks: 5_000 }, settings)).toBe(1);
  expect(rateOf({ standing: "good", checks: 100 }, settings)).toBe(0.2);
  expect(rateOf({ standing: "good", checks: 1_000_000 }, settings)).toBe(0.02);
});

test("the share of tasks drawn is the rate, and the same for every node", () => {
  for (const nodeId of ["node_a", "node_b"]) {
    let drawn = 0;
    for (let i = 0; i < 20_000; i++) if (isSampled(seed, { taskId: `task_${i}`, nodeId }, 0.05)) drawn += 1;
    expect(drawn / 20_000).toBeCloseTo(0.05, 2);
  }
});

test("a lot can be recomputed from the revealed seed, and the seed from its commitment", () => {
  expect(lotOf(seed, "task_1", "node_a")).toBe(lotOf(Buffer.from(seed.toString("hex"), "hex"), "task_1", "node_a"));
  expect(lotOf(seed, "task_1", "node_a")).not.toBe(lotOf(seed, "task_1", "node_b"));
  expect(commitmentOf(seed)).toBe(createHash("sha256").update(seed).digest("hex"));
  expect(periodOf(Date.UTC(2026, 0, 31, 23, 59))).toBe("2026-01-31");
});

test("canaries of a seed repeat, those of 2 000 labels hardly ever do, and nothing in them tells what they are", () => {
  expect(canaryOf(seed, "7")).toEqual(canaryOf(seed, "7"));
  const many = Array.from({ length: 2_000 }, (_, i) => canaryOf(seed, String(i)));
  expect(new Set(many.map((c) => JSON.stringify(c.messages))).size).toBeGreaterThan(1_800);
  for (const canary of many) expect(JSON.stringify(canary)).not.toMatch(/canary|audit|check|test vector/i);
});
