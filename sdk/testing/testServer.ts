import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}
export interface TestServer extends AsyncDisposable {
  url: string;
  seen: Seen[];
}
export type Answer = (at: { count: number; seen: Seen; response: ServerResponse }) => unknown;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const text = (await request.toArray()).map(String).join("");
  return text === "" ? null : JSON.parse(text);
}

/** A real HTTP server on a free loopback port; `answer` writes the response or returns the JSON to send. */
export async function startTestServer(answer: Answer): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const entry = { method, path: url, headers, body: await bodyOf(request) };
    seen.push(entry);
    const json = await answer({ count: seen.length, seen: entry, response });
    if (json === undefined) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(json));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** An error body as the network sends it. */
export const wireErrorBody = (code: string, extra: Record<string, unknown> = {}) => ({
  error: {
    code,
    message: `It is ${code}.`,
    type: "t",
    param: null,
    request_id: "req_1",
    doc_url: "https://d",
    ...extra,
  },
});

/** Sends one server-sent event. */
export const sendEvent = (response: ServerResponse, data: unknown): void => {
  if (!response.headersSent)
    response.writeHead(200, { "content-type": "text/event-stream", "x-far-task-id": "task_1" });
  response.write(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
};
