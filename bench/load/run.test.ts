import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { runLoad } from "./run.ts";

it("counts right answers, and every other outcome by its reason", async () => {
  let served = 0;
  const kinds = ["right", "right", "wrong text", "402"];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const kind = kinds[served++ % kinds.length];
      response.statusCode = kind === "402" ? 402 : 200;
      response.end(kind === "right" ? '{"content":"yes"}' : '{"content":"no"}');
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const report = await runLoad({
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    path: "/",
    headers: {},
    body: "{}",
    connections: 2,
    warmupMs: 100,
    measureMs: 300,
    expect: "yes",
  });
  server.close();
  const wrong = Object.values(report.wrong).reduce((sum, count) => sum + count, 0);
  expect(report.answersInAll + wrong).toBe(served);
  expect(Object.keys(report.wrong).sort()).toEqual(['status 402: {"content":"no"}', 'wrong answer: {"content":"no"}']);
  expect(report.answers).toBeGreaterThan(0);
  expect(report.answers).toBeLessThan(report.answersInAll);
  expect(report.latencyMs.p50).toBeGreaterThan(0);
  expect(report.firstTextMs.p50).toBeLessThanOrEqual(report.latencyMs.max);
});
