/** A mock OpenAI-compatible server: the fixed answer, at once or as 64 deltas. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ANSWER, DELTA_INTERVAL_MS, DELTAS, deltaText, MODEL, USAGE } from "../answer.ts";

const head = { id: "chatcmpl-bench", created: 1_700_000_000, model: MODEL };
const WHOLE = Buffer.from(
  JSON.stringify({
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: ANSWER }, logprobs: null, finish_reason: "stop" }],
    usage: USAGE,
  }),
);
const event = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

function stream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(event({ content: deltaText(sent++) }, null));
    if (sent < DELTAS) return;
    clearInterval(timer);
    response.end(`${event({}, "stop")}data: [DONE]\n\n`);
  }, DELTA_INTERVAL_MS);
  response.on("close", () => clearInterval(timer));
}

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part: Buffer) => {
    body += part.toString("latin1");
  });
  request.on("end", () => {
    const { stream: isStream } = JSON.parse(body) as { stream?: boolean };
    if (isStream === true) {
      stream(response);
      return;
    }
    response.writeHead(200, { "content-type": "application/json", "content-length": WHOLE.length });
    response.end(WHOLE);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
