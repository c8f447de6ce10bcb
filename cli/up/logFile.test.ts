import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openLog } from "./logFile.ts";

const dir = mkdtempSync(join(tmpdir(), "far-log-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it("turns over while its writer goes on, and keeps no more than it should", async () => {
  const path = join(dir, "logs", "part.log");
  const log = openLog(path, { bytesMax: 1_000, lookMs: 5 });
  const line = `${"x".repeat(99)}\n`;
  for (let turns = 0; turns < 5; turns++) {
    for (let i = 0; i < 11; i++) writeSync(log.fd, line);
    while (statSync(path).size > 1_000) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  log.close();
  closeSync(log.fd);
  expect(readdirSync(join(dir, "logs")).sort()).toEqual(["part.log", "part.log.1", "part.log.2", "part.log.3"]);
  expect(readFileSync(`${path}.1`, "utf8")).toBe(line.repeat(11));
});
