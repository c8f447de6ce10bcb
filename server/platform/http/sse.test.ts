import { get, type IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { coded } from "#kernel";
import { noLog } from "#platform/log";
import { createHttpHost, type HttpHost, type SseOptions, type SseStream, sse } from "./index.ts";

const quiet = (): void => {};
const config = { scope: "public" as const };

let host: HttpHost;
let url: string;
let options: SseOptions;
let run: (stream: SseStream) => Promise<void>;
/** Settles with what the handler did. */
let ran: Promise<void>;

beforeEach(async () => {
  options = {};
  let settle: (p: Promise<void>) => void = quiet;
  ran = new Promise((resolve) => {
    settle = resolve;
  });
  host = createHttpHost({ port: 0, log: noLog, drainMs: 100 });
  host.app.get("/events", { config }, async (_request, reply) => {
    reply.header("x-far-task-id", "task_1");
    const stream = sse(reply, options);
    const work = run(stream);
    settle(work.catch(quiet));
    await work;
  });
  ({ url } = await host.listen());
});
afterEach(() => host.close());

const open = () =>
  new Promise<IncomingMessage>((resolve, reject) =>
    get(`${url}/events`, { agent: false }, resolve).on("error", reject),
  );

it("sends events in order with the headers set before the first byte", async () => {
  run = async (stream) => {
    expect(stream.opened).toBe(false);
    for (let i = 0; i < 3; i++) stream.data(`{"i":${i}}`);
    await new Promise((resolve) => setImmediate(resolve));
    stream.event("status", "{}", "9");
    stream.data("[DONE]");
    stream.end();
  };
  const answer = await fetch(`${url}/events`);
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  expect(answer.headers.get("x-far-task-id")).toBe("task_1");
  expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
  expect(await answer.text()).toBe(
    'data: {"i":0}\n\ndata: {"i":1}\n\ndata: {"i":2}\n\nid: 9\nevent: status\ndata: {}\n\ndata: [DONE]\n\n',
  );
});

it("leaves an error before the first event an ordinary answer", async () => {
  run = async () => {
    throw coded("not_found");
  };
  const answer = await fetch(`${url}/events`);
  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toContain("application/json");
});

it("keeps a silent stream alive with comments", async () => {
  options = { heartbeatMs: 5 };
  let done: () => void = quiet;
  run = (stream) => {
    stream.open();
    return new Promise<void>((resolve) => {
      done = resolve;
    }).then(() => stream.end());
  };
  const answer = await open();
  const first = await new Promise<string>((resolve) => answer.once("data", (chunk: Buffer) => resolve(String(chunk))));
  expect(first).toMatch(/^: \n\n/);
  done();
  answer.resume();
  await ran;
});

it("tells a producer to wait for a slow reader, and when it may go on", async () => {
  const event = "x".repeat(10_000);
  let sent = 0;
  let waits = 0;
  run = async (stream) => {
    for (; sent < 1_000; sent++) {
      if (stream.data(event)) await new Promise((resolve) => setImmediate(resolve));
      else {
        waits++;
        await stream.drained();
      }
      if (stream.gone) throw new Error("cut");
    }
    stream.end();
  };
  const answer = await open();
  answer.pause();
  while (waits === 0) await new Promise((resolve) => setImmediate(resolve));
  const stuckAt = sent;
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toBe(stuckAt);
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(1_000 * (event.length + "data: \n\n".length));
});

it("cuts a reader whose backlog passes the bound", async () => {
  options = { bufferBytesMax: 200_000 };
  const event = "x".repeat(10_000);
  let pushed = 0;
  run = async (stream) => {
    const { signal } = stream;
    while (!signal.aborted && pushed < 100_000) {
      pushed++;
      stream.data(event);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(signal.aborted).toBe(true);
  };
  const answer = await open();
  answer.pause();
  answer.on("error", quiet);
  await ran;
  expect(pushed).toBeLessThan(100_000);
});

it("aborts its signal when the client goes", async () => {
  let aborted = false;
  run = async (stream) => {
    stream.data("{}");
    await new Promise<void>((resolve) => stream.signal.addEventListener("abort", () => resolve()));
    aborted = stream.gone;
    expect(stream.data("{}")).toBe(false);
  };
  const answer = await open();
  answer.on("error", quiet);
  answer.once("data", () => answer.destroy());
  await ran;
  expect(aborted).toBe(true);
});
