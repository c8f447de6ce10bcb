import { expect, it } from "vitest";
import { cpuMsOfTree, parseStat } from "./cpu.ts";

it("reads a line whose process name holds brackets and spaces", () => {
  const line = "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 0 0 0 130 20 5 6 20 0 1 0 100 0 0";
  expect(parseStat(line)).toEqual({ pid: 42, parent: 7, ticks: 150 });
});

it("grows with the work done here", () => {
  const before = cpuMsOfTree(process.pid);
  let x = 0;
  while (cpuMsOfTree(process.pid) - before < 50) for (let i = 0; i < 1e6; i++) x += i;
  expect(x).toBeGreaterThan(0);
});
