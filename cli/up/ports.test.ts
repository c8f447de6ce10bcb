import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { checkPorts, choosePorts } from "./ports.ts";

const flags = { port: undefined, "realtime-port": undefined, "chain-port": undefined };

it("moves all ports with the first, unless told otherwise", () => {
  expect(choosePorts(flags)).toEqual({ api: 8080, realtime: 3001, chain: 8545 });
  expect(choosePorts({ ...flags, port: "9080" })).toEqual({ api: 9080, realtime: 4001, chain: 9545 });
  expect(choosePorts({ ...flags, port: "9080", "chain-port": "8545" })).toEqual({
    api: 9080,
    realtime: 4001,
    chain: 8545,
  });
  expect(choosePorts({ ...flags, port: "65000" }).chain).toBeLessThanOrEqual(65_535);
});

it("names the taken port and the flag that moves it", async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await expect(checkPorts({ api: 1, realtime: 1, chain: port }, ["chain"])).rejects.toMatchObject({
    ...{ code: "port_taken", exit: "conflict" },
    message: expect.stringContaining(String(port)),
    hint: expect.stringContaining("--chain-port"),
  });
  await new Promise((done) => server.close(done));
  await checkPorts({ api: 1, realtime: 1, chain: port }, ["chain"]);
});
