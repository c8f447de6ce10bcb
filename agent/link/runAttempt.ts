import type { AgentFrame, AssignFrame, Delta, OutputLeaf } from "@farlabs/protocol";
import { type EngineChunk, EngineError, toTask } from "../engines/engine.ts";
import { createOutput } from "../receipts/output.ts";
import type { Attempt, Attempts } from "./attempts.ts";
import type { Claim } from "./offers.ts";

/** Longest text in one chunk frame; escapes and multi-byte characters keep it well below a frame's 1 MiB. */
const TEXT_CHARS_MAX = 65_536;
const MESSAGE_CHARS_MAX = 2_000;

/** What one attempt measured, for telemetry and the offer. */
export interface AttemptSpeed {
  tokens: number;
  /** Tokens a second after the first; absent when too few came to say. */
  tokensPerSecond?: number;
}

export interface RunAttemptDeps {
  attempts: Attempts;
  /** Sends if a connection is up; otherwise the frame waits in the attempt. */
  send(frame: AgentFrame): Promise<void> | undefined;
  onTokens(count: number): void;
  /** What an attempt delivered that ended with a result. */
  onDelivered(leaf: OutputLeaf): void;
  onDone(model: string, speed: AttemptSpeed): void;
  now(): number;
}

/** Cuts between characters, never inside one. */
function splitText(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + TEXT_CHARS_MAX);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

/** A chunk whose text would not fit a frame becomes several; token ids and logprobs stay with the last, which completes them. */
function splitChunk(chunk: EngineChunk): EngineChunk[] {
  const { content } = chunk.delta;
  if (content === undefined || content.length <= TEXT_CHARS_MAX) return [chunk];
  const parts = splitText(content);
  return parts.map((part, i) =>
    i < parts.length - 1
      ? { index: chunk.index, delta: { content: part } as Delta }
      : { ...chunk, delta: { ...chunk.delta, content: part } },
  );
}

const failOf = (error: unknown, aborted: boolean): { code: EngineError["code"]; message: string } => {
  if (aborted) return { code: "aborted", message: "the task was cancelled" };
  if (error instanceof EngineError) return { code: error.code, message: error.message.slice(0, MESSAGE_CHARS_MAX) };
  return { code: "engine_error", message: "the engine failed" };
};

/**
 * Runs one accepted assignment to its `result` or `fail`. Never throws.
 * @returns the error that ended it, for the log
 */
export async function runAttempt(
  deps: RunAttemptDeps,
  run: { frame: AssignFrame; attempt: Attempt; claim: Claim },
): Promise<unknown> {
  const { attempts, now } = deps;
  const { frame, attempt, claim } = run;
  const { signal } = attempt.abort;
  const ref = { taskId: attempt.taskId, attempt: attempt.attempt };
  const output = createOutput(frame.request.input?.length ?? frame.request.n ?? 1);
  let firstAtMs = 0;
  const onChunk = (chunk: EngineChunk): Promise<void> | undefined => {
    if (signal.aborted || attempt.end) return undefined;
    firstAtMs ||= now();
    deps.onTokens(chunk.tokenIds?.length ?? 1);
    output.add(chunk.index, chunk.delta);
    let room: Promise<void> | undefined;
    for (const { index, delta, tokenIds, logprobs } of splitChunk(chunk))
      room = deps.send(
        attempts.append(attempt, {
          index,
          delta,
          ...(tokenIds ? { tokenIds } : {}),
          ...(logprobs === undefined ? {} : { logprobs }),
        }),
      );
    return room;
  };
  try {
    const { usage, finishReasons } = await claim.engine.run(toTask(frame), { signal, onChunk });
    if (signal.aborted) throw new EngineError("aborted", "the task was cancelled");
    const end = { type: "result" as const, ...ref, chunks: attempt.nextSeq, usage, finishReasons };
    if (attempts.finish(attempt, end)) {
      deps.send(end);
      deps.onDelivered({ ...ref, outputHash: output.hash(), tokens: usage.completionTokens });
    }
    const seconds = (now() - firstAtMs) / 1000;
    const measurable = firstAtMs > 0 && usage.completionTokens >= 8 && seconds > 0;
    deps.onDone(frame.request.model, {
      tokens: usage.completionTokens,
      ...(measurable ? { tokensPerSecond: (usage.completionTokens - 1) / seconds } : {}),
    });
    return undefined;
  } catch (error) {
    const end = { type: "fail" as const, ...ref, ...failOf(error, signal.aborted) };
    if (attempts.finish(attempt, end)) deps.send(end);
    deps.onDone(frame.request.model, { tokens: 0 });
    return signal.aborted ? undefined : error;
  }
}
