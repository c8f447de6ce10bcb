import { afterEach, expect, test } from "vitest";
import { noLog } from "#platform/log";
import { createRunner } from "./runner.ts";

const listeners = { SIGTERM: process.listeners("SIGTERM"), SIGINT: process.listeners("SIGINT") };
afterEach(() => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    for (const listener of process.listeners(signal)) {
      if (!listeners[signal].includes(listener)) process.off(signal, listener);
    }
  }
});

test("parts stop newest first, and one that fails does not keep the others from it", async () => {
  const stopped: string[] = [];
  const complaints: string[] = [];
  const runner = createRunner({ ...noLog, warn: (message, fields) => complaints.push(`${message}: ${fields?.part}`) });
  runner.onStop("first", () => stopped.push("first"));
  runner.onStop("second", () => {
    throw new Error("no");
  });
  runner.onStop("third", async () => void stopped.push("third"));
  await Promise.all([runner.stop(), runner.stop()]);
  expect(stopped).toEqual(["third", "first"]);
  expect(complaints).toEqual(["a part did not stop cleanly: second"]);
});
