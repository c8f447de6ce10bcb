/** The floor: a Node process that passes requests on and does nothing else. Its argument is the upstream's port. */
import { Agent, createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

const upstreamPort = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });

const server = createServer((request, response) => {
  const { method, url, headers } = request;
  const upstream = send(
    {
      host: "127.0.0.1",
      port: upstreamPort,
      agent,
      ...(method === undefined ? {} : { method }),
      path: url ?? "/",
      headers,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on("error", () => response.destroy());
  request.pipe(upstream);
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
