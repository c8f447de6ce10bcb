import { once } from "node:events";
import { expect, it } from "vitest";
import { createClient, isFarApiError } from "./index.ts";
import { sendEvent, startTestServer, wireErrorBody } from "./testing/testServer.ts";

const params = { model: "m", messages: [{ role: "user" as const, content: "hi" }], stream: true as const };
const chunk = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

async function read(url: string): Promise<{ text: string; code: string | null; charge: bigint | null }> {
  const stream = await createClient({ baseUrl: url }).chat.completions.create(params);
  let text = "";
  try {
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
    return { text, code: null, charge: stream.far.charge };
  } catch (e) {
    return { text, code: isFarApiError(e) ? e.code : String(e), charge: stream.far.charge };
  }
}

it("streams to [DONE], past heartbeats, and knows the charge at the end", async () => {
  await using server = await startTestServer(({ response }) => {
    sendEvent(response, chunk("a"));
    response.write(": heartbeat\n\n");
    sendEvent(response, chunk("b"));
    sendEvent(response, { choices: [], usage: { far_charge: "77", far_asset: "FAR" } });
    sendEvent(response, "[DONE]");
    response.end();
  });
  expect(await read(server.url)).toEqual({ text: "ab", code: null, charge: 77n });
});

it("throws the server's error, and never takes a stream without [DONE] for an answer", async () => {
  await using failing = await startTestServer(({ response }) => {
    sendEvent(response, chunk("a"));
    sendEvent(response, wireErrorBody("node_lost"));
    response.end();
  });
  expect(await read(failing.url)).toMatchObject({ text: "a", code: "node_lost" });
  await using ending = await startTestServer(({ response }) => {
    sendEvent(response, chunk("a"));
    response.end();
  });
  expect(await read(ending.url)).toMatchObject({ text: "a", code: "stream_truncated" });
  await using breaking = await startTestServer(({ response }) => {
    sendEvent(response, chunk("a"));
    setTimeout(() => response.destroy(), 20);
  });
  expect(await read(breaking.url)).toMatchObject({ text: "a", code: "connection_failed" });
});

it("closes the connection when the loop is left, when aborted, and when the caller's signal fires", async () => {
  const closed: Promise<unknown>[] = [];
  await using server = await startTestServer(({ response }) => {
    closed.push(once(response, "close"));
    sendEvent(response, chunk("a"));
  });
  const { completions } = createClient({ baseUrl: server.url }).chat;
  for await (const _ of await completions.create(params)) break;
  const aborted = await completions.create(params);
  const codes: string[] = [];
  const drain = async (stream: typeof aborted, stop: () => void) => {
    try {
      for await (const _ of stream) stop();
    } catch (e) {
      codes.push(isFarApiError(e) ? e.code : String(e));
    }
  };
  await drain(aborted, aborted.abort);
  const controller = new AbortController();
  await drain(await completions.create(params, { signal: controller.signal }), () => controller.abort());
  expect(codes).toEqual(["aborted", "aborted"]);
  await Promise.all(closed);
  expect(closed).toHaveLength(3);
});
