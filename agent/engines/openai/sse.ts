import { EngineError } from "../engine.ts";

/** A server that sends more than this in one event is broken. */
const EVENT_CHARS_MAX = 4 * 1_048_576;

/**
 * The `data` of each server-sent event. Takes LF, CRLF and CR line ends, comments, several data lines, chunks cut anywhere
 * (inside a character too), and a last event without its blank line.
 * @throws EngineError `engine_error` on an event larger than 4 MiB or bytes that are not UTF-8.
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let buffer = "";
  let data: string[] = [];
  let dataChars = 0;

  function decode(bytes?: Uint8Array): string {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new EngineError("engine_error", "the engine sent bytes that are not UTF-8", { cause });
    }
  }
  function* lines(last: boolean): Generator<string, void, void> {
    for (;;) {
      const match = /\r\n|\n|\r/.exec(buffer);
      // A CR at the very end may be half of a CRLF that the next piece completes.
      if (!match || (!last && match[0] === "\r" && match.index === buffer.length - 1)) return;
      const line = buffer.slice(0, match.index);
      buffer = buffer.slice(match.index + match[0].length);
      yield line;
    }
  }
  function take(line: string): string | undefined {
    if (line === "") {
      const event = data.length > 0 ? data.join("\n") : undefined;
      data = [];
      dataChars = 0;
      return event;
    }
    if (!line.startsWith("data:")) return undefined;
    const value = line.slice(line.startsWith("data: ") ? 6 : 5);
    dataChars += value.length;
    data.push(value);
    return undefined;
  }

  for await (const bytes of body) {
    buffer += decode(bytes);
    for (const line of lines(false)) {
      const event = take(line);
      if (event !== undefined) yield event;
    }
    if (buffer.length + dataChars > EVENT_CHARS_MAX)
      throw new EngineError("engine_error", "the engine sent an event of more than 4 MiB");
  }
  buffer += decode();
  for (const line of [...lines(true), buffer, ""]) {
    const event = take(line);
    if (event !== undefined) yield event;
  }
}
