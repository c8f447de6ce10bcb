import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { startScriptedOpenAi } from "../testing/scriptedOpenAi.ts";
import { findLocalEngines } from "./findLocalEngines.ts";

it("finds servers with models; not the network itself, other networks, dead ports or pages", async () => {
  const [engine, itself, empty] = await Promise.all([
    startScriptedOpenAi(),
    startScriptedOpenAi(),
    startScriptedOpenAi(),
  ]);
  empty.models = [];
  const other = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "x-request-id": "r" });
    response.end(JSON.stringify({ data: [{ id: "m" }] }));
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const otherBase = `http://127.0.0.1:${(other.address() as AddressInfo).port}/v1`;
  const candidates = [engine.base, itself.base, empty.base, otherBase, "http://127.0.0.1:1/v1"];
  expect(await findLocalEngines({ network: itself.base.replace("/v1", ""), candidates })).toEqual([engine.base]);
  await Promise.all([engine.close(), itself.close(), empty.close(), new Promise((resolve) => other.close(resolve))]);
});
