import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { noticingFetch } from "./noticingFetch.ts";

it("says once that an answer is long in coming, and nothing of one that is there", async () => {
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    if (request.url === "/slow") waiting.push(() => response.end("late"));
    else response.end("now");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lines: string[] = [];
  // The server answers only when it was said: no time is asserted.
  const slow = noticingFetch((line) => {
    lines.push(line);
    for (const answer of waiting) answer();
  }, 50);
  expect(await (await slow(`${url}/slow`)).text()).toBe("late");
  expect(lines).toEqual([`${url} has not answered for 1 s; still waiting. Ctrl-C stops.`]);

  const quick = noticingFetch((line) => lines.push(line), 60_000);
  expect(await (await quick(`${url}/quick`)).text()).toBe("now");
  expect(lines).toHaveLength(1);
  server.close();
});
