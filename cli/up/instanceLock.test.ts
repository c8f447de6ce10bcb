import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { acquireLock, lockPath, runningInstance } from "./instanceLock.ts";
import { end, ended, identify, isRunning } from "./processIdentity.ts";

const dir = mkdtempSync(join(tmpdir(), "far-lock-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const self = identify(process.pid);

it("knows a process from a later one with its number", () => {
  if (self === null) throw new Error("this process runs");
  expect(isRunning(self)).toBe(true);
  expect(isRunning({ ...self, startTicks: "1" })).toBe(false);
  expect(isRunning({ ...self, bootId: "another boot" })).toBe(false);
  expect(identify(2 ** 22)).toBeNull();
});

it("lets one in, and the next when that one has given it back", () => {
  const first = acquireLock(dir);
  if (!("release" in first)) throw new Error("the lock is free");
  expect(acquireLock(dir)).toEqual({ heldBy: self });
  expect(runningInstance(dir)).toEqual(self);
  first.release();
  expect(runningInstance(dir)).toBeNull();
  const second = acquireLock(dir);
  expect("release" in second).toBe(true);
  if ("release" in second) second.release();
});

it("takes over from whoever was killed, and from rubbish", () => {
  for (const left of [JSON.stringify({ ...self, startTicks: "1" }), "", "{"]) {
    writeFileSync(lockPath(dir), left);
    const lock = acquireLock(dir);
    expect("release" in lock).toBe(true);
    if ("release" in lock) lock.release();
  }
});

it("ends a process that does not listen", async () => {
  const child = spawn(process.execPath, ["-e", "process.on('SIGTERM',()=>{});console.log(1);setInterval(()=>{},1e3)"]);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const who = identify(child.pid ?? 0);
  if (who === null) throw new Error("the child runs");
  await end(who, { signal: "SIGTERM", firstMs: 50, secondMs: 50 });
  expect(await ended(who, 0)).toBe(true);
});
