import { expect, test } from "vitest";
import { createLog } from "./log.ts";

function capture() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ service: "test", level: "info", destination: { write: (text: string) => void lines.push(JSON.parse(text)) } });
  return { lines, log };
}

test("a line has the agreed fields and the rest under metadata", () => {
  const { lines, log } = capture();
  log.info("hello", { traceId: "t1", userId: "acct_1", nodes: 3 });
  expect(lines[0]).toMatchObject({ level: "info", service: "test", message: "hello", traceId: "t1", userId: "acct_1", metadata: { nodes: 3 } });
  expect(Date.parse(String(lines[0]?.timestamp))).not.toBeNaN();
});

test("secrets and prompts never reach a line", () => {
  const { lines, log } = capture();
  log.warn("leak", { apiKey: "far_live_x", request: { prompt: "my diary", authorization: "Bearer y" } });
  expect(JSON.stringify(lines)).not.toMatch(/far_live_x|diary|Bearer y/);
});

test("errors keep their internal text and cause", () => {
  const { lines, log } = capture();
  log.error("failed", { err: new Error("outer", { cause: new Error("inner") }) });
  expect(JSON.stringify(lines[0])).toMatch(/outer.*caused by.*inner/);
});

test("lower levels are not written", () => {
  const { lines, log } = capture();
  log.debug("quiet");
  expect(lines).toEqual([]);
});
