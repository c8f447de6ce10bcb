import { FarApiError } from "../errors.ts";

export interface SseEvent {
  event: string;
  data: string;
  id: string;
}

/** Bound of one event, characters: a server that never ends a line must not fill our memory. */
const EVENT_CHARS_MAX = 4_194_304;

/** Cuts text into lines at LF, CR or CRLF, whatever the pieces it arrives in. */
function lineCutter() {
  let rest = "";
  let endedWithCr = false;
  return (piece: string): string[] => {
    const text = endedWithCr && piece.startsWith("\n") ? piece.slice(1) : piece;
    if (piece !== "") endedWithCr = piece.endsWith("\r");
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    if (rest.length > EVENT_CHARS_MAX) {
      throw new FarApiError({ code: "bad_answer", status: 200, message: "The stream holds a line without end." });
    }
    return lines;
  };
}

/** Collects lines into events, as the EventSource specification says; comments (heartbeats) vanish. */
function eventCollector() {
  let event = "";
  let id = "";
  let data: string[] = [];
  let chars = 0;
  return (line: string): SseEvent | null => {
    if (line === "") {
      const done = data.length === 0 ? null : { event: event === "" ? "message" : event, data: data.join("\n"), id };
      event = "";
      data = [];
      chars = 0;
      return done;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") {
      chars += value.length;
      if (chars > EVENT_CHARS_MAX) {
        throw new FarApiError({ code: "bad_answer", status: 200, message: "The stream holds an event without end." });
      }
      data.push(value);
    } else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
    return null;
  };
}

/**
 * Server-sent events of a body. Characters and line ends may be split anywhere. An event that the end cuts off is dropped, as the
 * specification says; whether the end was the right one is the caller's question. Leaving the loop early cancels the body.
 * @throws FarApiError `bad_answer` for a line or event over 4 Mi characters; whatever the body throws
 */
export async function* sseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const cut = lineCutter();
  const collect = eventCollector();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      for (const line of cut(done ? decoder.decode() : decoder.decode(value, { stream: true }))) {
        const event = collect(line);
        if (event !== null) yield event;
      }
      if (done) return;
    }
  } finally {
    // Cancelling closes the connection, which is how the server learns that nobody listens any more. After a normal end it does nothing.
    await reader.cancel().catch(() => undefined);
  }
}
