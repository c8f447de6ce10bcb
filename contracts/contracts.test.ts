import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildContracts } from "./build.ts";
import { runForge } from "./forge.ts";

test("forge's own tests pass and recorded gas is unchanged", { timeout: 480_000 }, () => {
  const { status, stdout, stderr } = runForge(["test"]);
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/ 0 failed, 0 skipped/);
});

test("building again without a change compiles nothing", { timeout: 120_000 }, () => {
  buildContracts();
  expect(buildContracts()).toBe(false);
});

function runCheck(script: string) {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, script), "--check"]);
  expect(status, stderr.toString()).toBe(0);
}

test("the committed ABIs are those of the sources", { timeout: 120_000 }, () => runCheck("generate.ts"));

test("the gas table of the docs is that of the snapshots", () => runCheck("gasTable.ts"));

test.each(["InferencePayment", "NodeRegistry", "Staking"])(
  "every call of %s has a test file of its own",
  (contract) => {
    const source = readFileSync(join(import.meta.dirname, `src/interfaces/I${contract}.sol`), "utf8");
    const calls = [...source.matchAll(/function (\w+)\([^;]*?\)\s+external(?!\s+view)/g)].map(([, name]) => name);
    expect(calls.length).toBeGreaterThan(7);
    const untested = calls.filter(
      (name) => !existsSync(join(import.meta.dirname, `test/unit/${contract}/${name}.t.sol`)),
    );
    expect(untested).toEqual([]);
  },
);
