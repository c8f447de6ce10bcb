import { EngineError, type EngineIo, type EngineResult, type EngineTask } from "../engine.ts";
import { findStop, heldLength } from "../stopText.ts";
import { type AnswerPart, parseAnswer } from "./answer.ts";
import { readEvents } from "./sse.ts";
import { readJson, type UpstreamResponse } from "./upstream.ts";

/** Without a usage report: a claim the network caps anyway (economy: tokens are counted by the network). */
const BYTES_PER_TOKEN = 4;

async function* parts(response: UpstreamResponse): AsyncGenerator<AnswerPart, void, void> {
  if (response.contentType.includes("application/json")) {
    yield parseAnswer(await readJson(response.body));
    return;
  }
  if (!response.contentType.includes("text/event-stream"))
    throw new EngineError(
      "engine_error",
      `the engine answered with ${response.contentType.slice(0, 64) || "no content type"}`,
    );
  for await (const event of readEvents(response.body)) {
    if (event.trim() === "[DONE]") return;
    let body: unknown;
    try {
      body = JSON.parse(event);
    } catch (cause) {
      throw new EngineError("engine_error", "the engine streamed something that is not JSON", { cause });
    }
    yield parseAnswer(body);
  }
}

/** Content of one choice on its way out: whole characters only, and for a continued answer stop sequences that began in what was delivered. */
function createText(task: EngineTask) {
  const { continueFrom, request } = task;
  // The server sees only its own output, so a stop sequence across the seam is ours to find.
  const stops = continueFrom ? (request.stop ?? []) : [];
  const longest = Math.max(0, ...stops.map((s) => s.length - 1));
  let seen = continueFrom && longest > 0 ? continueFrom.text.slice(-longest) : "";
  let emitted = seen.length;
  let carry = "";
  return {
    /** Text to emit now, and whether a stop sequence ended the answer. */
    take(text: string, last: boolean): { text: string; stopped: boolean } {
      const whole = carry + text;
      const code = whole.charCodeAt(whole.length - 1);
      const cut = !last && code >= 0xd800 && code <= 0xdbff ? 1 : 0;
      carry = cut ? whole.slice(-1) : "";
      const fresh = (cut ? whole.slice(0, -1) : whole).toWellFormed();
      if (stops.length === 0) return { text: fresh, stopped: false };
      const before = seen.length;
      seen += fresh;
      const at = findStop(seen, stops, before);
      const end =
        at >= 0 ? Math.max(at, emitted) : last ? seen.length : Math.max(emitted, seen.length - heldLength(seen, stops));
      const out = seen.slice(emitted, end);
      emitted = end;
      return { text: out, stopped: at >= 0 };
    },
  };
}

/**
 * Follows an answer to its end and hands its pieces on.
 * @throws EngineError `engine_truncated` when the stream ends before every choice has its finish reason.
 */
export async function streamAnswer(response: UpstreamResponse, task: EngineTask, io: EngineIo): Promise<EngineResult> {
  const choices = task.request.n ?? 1;
  const reasons = new Map<number, EngineResult["finishReasons"][number]>();
  const texts = Array.from({ length: choices }, () => createText(task));
  let usage: AnswerPart["usage"];
  let bytes = 0;
  let stopped = false;

  for await (const part of parts(response)) {
    for (const chunk of part.chunks) {
      const text = texts[chunk.index];
      if (!text || reasons.has(chunk.index)) continue;
      const { content, ...rest } = chunk.delta;
      const taken = content === undefined ? undefined : text.take(content, false);
      const delta = { ...rest, ...(taken?.text ? { content: taken.text } : {}) };
      bytes += Buffer.byteLength(JSON.stringify(delta));
      if (Object.keys(delta).length > 0) await io.onChunk({ ...chunk, delta });
      if (taken?.stopped) stopped = true;
    }
    for (const { index, reason } of part.finished) {
      const rest = texts[index]?.take("", true).text;
      if (rest) await io.onChunk({ index, delta: { content: rest } });
      if (!reasons.has(index)) reasons.set(index, reason);
    }
    usage = part.usage ?? usage;
    if (stopped) {
      reasons.set(0, "stop");
      break;
    }
  }
  const finishReasons = texts.map((_, index) => {
    const reason = reasons.get(index);
    if (!reason) throw new EngineError("engine_truncated", "the engine ended its stream without a finish reason");
    return reason;
  });
  return { usage: usage ?? { promptTokens: 0, completionTokens: Math.ceil(bytes / BYTES_PER_TOKEN) }, finishReasons };
}
