import fc from "fast-check";
import { expect, it } from "vitest";
import { isFarApiError } from "../errors.ts";
import { type SseEvent, sseEvents } from "./sse.ts";

const bodyOf = (pieces: Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

async function all(body: ReadableStream<Uint8Array>): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of sseEvents(body)) events.push(event);
  return events;
}

async function read(text: string, cuts: number[] = []): Promise<SseEvent[]> {
  const bytes = new TextEncoder().encode(text);
  const at = [0, ...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = at.slice(1).map((end, i) => bytes.slice(at[i], end));
  return all(bodyOf(pieces));
}

it("reads the same events however the bytes are cut", async () => {
  const event = fc.record({
    end: fc.constantFrom("\n", "\r\n", "\r"),
    data: fc.array(
      fc.string({ unit: "grapheme" }).map((s) => s.replaceAll(/[\r\n]/g, "")),
      { minLength: 1, maxLength: 3 },
    ),
    comment: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 12 }), async (events, cuts) => {
      const text = events
        .map(
          ({ end, data, comment }) =>
            `${comment ? `: beat${end}` : ""}${data.map((d) => `data: ${d}${end}`).join("")}${end}`,
        )
        .join("");
      expect((await read(text, cuts)).map((e) => e.data)).toEqual(events.map((e) => e.data.join("\n")));
    }),
  );
});

it("keeps names and ids, strips one space only, and drops an event that is cut off", async () => {
  expect(await read("event: x\nid: 7\ndata:  two\n\ndata:none\n\ndata: lost")).toEqual([
    { event: "x", data: " two", id: "7" },
    { event: "message", data: "none", id: "7" },
  ]);
});

it("refuses a line without end", async () => {
  const piece = new TextEncoder().encode("x".repeat(1_000_000));
  const error = await all(bodyOf(Array(5).fill(piece))).catch((e: unknown) => e);
  expect(isFarApiError(error) && error.code).toBe("bad_answer");
});
