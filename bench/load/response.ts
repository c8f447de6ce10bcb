/** Reads HTTP/1.1 answers off one keep-alive connection, as little as a load generator must. */

export interface Answer {
  status: number;
  body: string;
}
export interface ReaderEvents {
  /** Text of the body as it arrives. */
  onBody(text: string): void;
  onAnswer(answer: Answer): void;
  /** The peer said something that is not HTTP as we read it. */
  onError(reason: string): void;
}

type State =
  | { at: "head" }
  | { at: "sized"; left: number }
  | { at: "chunk-size" }
  | { at: "chunk"; left: number }
  | { at: "trailer" };

/** Feeds bytes in with the returned function. */
export function createReader(events: ReaderEvents): (data: Buffer) => void {
  // latin1 keeps one character per byte, so lengths stay true; bodies here are ASCII.
  let text = "";
  let state: State = { at: "head" };
  let status = 0;
  let body = "";

  function take(part: string): void {
    if (part === "") return;
    body += part;
    events.onBody(part);
  }
  function done(): void {
    const answer = { status, body };
    body = "";
    state = { at: "head" };
    events.onAnswer(answer);
  }
  function readHead(): boolean {
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = text.slice(0, end).toLowerCase();
    text = text.slice(end + 4);
    status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    if (head.includes("\r\ntransfer-encoding: chunked")) state = { at: "chunk-size" };
    else if (length !== undefined) state = { at: "sized", left: Number(length) };
    else {
      events.onError(`an answer without length: ${head.slice(0, 200)}`);
      return false;
    }
    return true;
  }
  function readLine(): string | undefined {
    const end = text.indexOf("\r\n");
    if (end < 0) return undefined;
    const line = text.slice(0, end);
    text = text.slice(end + 2);
    return line;
  }
  /** One step; false when more bytes are needed. */
  function step(): boolean {
    switch (state.at) {
      case "head":
        return readHead();
      case "sized": {
        const part = text.slice(0, state.left);
        text = text.slice(part.length);
        state.left -= part.length;
        take(part);
        if (state.left > 0) return false;
        done();
        return text !== "";
      }
      case "chunk-size": {
        const line = readLine();
        if (line === undefined) return false;
        const size = Number.parseInt(line, 16);
        state = size === 0 ? { at: "trailer" } : { at: "chunk", left: size };
        return true;
      }
      case "chunk": {
        if (text.length < state.left + 2) return false;
        take(text.slice(0, state.left));
        text = text.slice(state.left + 2);
        state = { at: "chunk-size" };
        return true;
      }
      case "trailer": {
        const line = readLine();
        if (line === undefined) return false;
        if (line === "") done();
        return text !== "";
      }
      default:
        return state satisfies never;
    }
  }

  return (data) => {
    text += data.toString("latin1");
    while (step());
  };
}
