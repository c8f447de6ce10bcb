import { expect, test } from "vitest";
import { createLog } from "./log.ts";

function capture() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    service: "test",
    level: "info",
    destination: { write: (text: string) => void lines.push(JSON.parse(text)) },
  });
  return { lines, log };
}

test("a line has the agreed fields and the rest under metadata", () => {
  const { lines, log } = capture();
  log.info("hello", { traceId: "t1", userId: "acct_1", nodes: 3 });
  expect(lines[0]).toMatchObject({
    level: "info",
    service: "test",
    message: "hello",
    traceId: "t1",
    userId: "acct_1",
    metadata: { nodes: 3 },
  });
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
  expect(JSON.stringify(lines[0])).toMatch(/outer.*cause.*inner/);
});

test("secrets inside a text, a URL or an error are hidden too", () => {
  const { lines, log } = capture();
  const error = new Error("refused postgres://far:hunter2@db/far for far_live_0123456789abc");
  log.warn("with Bearer abc.def", { error, amountWei: 10n ** 20n });
  expect(JSON.stringify(lines)).not.toMatch(/hunter2|far_live_0123|abc\.def/);
  expect(lines[0]?.metadata).toMatchObject({ amountWei: "100000000000000000000" });
});

test("counts of tokens are no secrets", () => {
  const { lines, log } = capture();
  log.info("done", { inputTokens: 3, tokensUsed: 4, accessToken: "x" });
  expect(lines[0]?.metadata).toEqual({ inputTokens: 3, tokensUsed: 4, accessToken: "[hidden]" });
});

test("lower levels are not written", () => {
  const { lines, log } = capture();
  log.debug("quiet");
  expect(lines).toEqual([]);
});
