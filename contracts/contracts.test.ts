import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildContracts } from "./build.ts";
import { runForge } from "./forge.ts";

test("forge's own tests pass and recorded gas is unchanged", { timeout: 240_000 }, () => {
  const { status, stdout, stderr } = runForge(["test"]);
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/ 0 failed, 0 skipped/);
});

test("building again without a change compiles nothing", { timeout: 120_000 }, () => {
  buildContracts();
  expect(buildContracts()).toBe(false);
});

test("the committed ABIs are those of the sources", { timeout: 120_000 }, () => {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "generate.ts"), "--check"]);
  expect(status, stderr.toString()).toBe(0);
});
