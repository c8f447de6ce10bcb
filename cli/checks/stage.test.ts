import { expect, it } from "vitest";
import { forgeCounts, oneCheck, vitestCounts } from "./stage.ts";

it("reads what vitest says, colours and all", () => {
  const output =
    "\u001b[2m Test Files \u001b[22m 1 failed | 4 passed (5)\n\u001b[2m      Tests \u001b[22m \u001b[31m3 failed\u001b[39m | \u001b[32m120 passed\u001b[39m (123)\n";
  expect(vitestCounts(output, 1)).toEqual({ passed: 120, failed: 3 });
  expect(vitestCounts("      Tests  17 passed (17)\n", 0)).toEqual({ passed: 17, failed: 0 });
});

it("never calls a broken run passed", () => {
  expect(vitestCounts("      Tests  17 passed (17)\n", 1)).toEqual({ passed: 17, failed: 1 });
  expect(vitestCounts("", 1)).toEqual({ passed: 0, failed: 1 });
  expect(forgeCounts("Compiler run failed", 1)).toEqual({ passed: 0, failed: 1 });
  expect(forgeCounts("No tests found", 0)).toEqual({ passed: 0, failed: 1 });
  expect(vitestCounts("", 0)).toEqual({ passed: 0, failed: 1 });
  expect(oneCheck("", 1)).toEqual({ passed: 0, failed: 1 });
});

it("reads what forge says", () => {
  const output = "Ran 3 tests for A\nRan 5 test suites in 1s: 37 tests passed, 2 failed, 0 skipped (39 total tests)\n";
  expect(forgeCounts(output, 1)).toEqual({ passed: 37, failed: 2 });
});
