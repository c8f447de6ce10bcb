import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

it("finds docs/errors up to date, with something to do on every page", () => {
  const check = spawnSync(process.execPath, [resolve(import.meta.dirname, "gen-error-pages.ts"), "--check"], {
    encoding: "utf8",
  });
  expect(check.stdout.trim().split("\n")).toEqual([expect.stringMatching(/^error pages: \d+ codes$/)]);
  expect(check.status).toBe(0);
});
