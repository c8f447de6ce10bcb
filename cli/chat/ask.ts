import type { AnswerMeta, ChatMessage, FarClient, Usage } from "@farlabs/sdk";
import { paidText } from "../format/far.ts";
import { tokensPerSecond } from "../format/speed.ts";
import { formatMs } from "../format/time.ts";
import { printable } from "../terminal/hostile.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface AskOptions {
  client: FarClient;
  terminal: Terminal;
  isJson: boolean;
  model: string;
  maxTokens: number | null;
  temperature: number | null;
}
export interface Outcome {
  text: string;
  /** What ended the stream early; null after a whole answer. */
  error: unknown;
}
interface Measured {
  text: string;
  usage: Usage | null;
  finishReason: string | null;
  far: AnswerMeta | null;
  firstTokenMs: number | null;
  /** From the first piece of text to the last. */
  writingMs: number;
  error: unknown;
}

async function receive(
  options: AskOptions,
  asked: { messages: ChatMessage[]; signal: AbortSignal },
): Promise<Measured> {
  const { client, model, maxTokens, temperature, terminal, isJson } = options;
  const seen: Measured = {
    text: "",
    usage: null,
    finishReason: null,
    far: null,
    firstTokenMs: null,
    writingMs: 0,
    error: null,
  };
  const startMs = performance.now();
  try {
    const stream = await client.chat.completions.create(
      {
        model,
        messages: asked.messages,
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: maxTokens,
        temperature,
      },
      { signal: asked.signal },
    );
    seen.far = stream.far;
    for await (const { choices, usage } of stream) {
      seen.usage = usage ?? seen.usage;
      const [choice] = choices;
      seen.finishReason = choice?.finish_reason ?? seen.finishReason;
      const piece = choice?.delta.content ?? "";
      if (piece === "") continue;
      const nowMs = performance.now() - startMs;
      seen.firstTokenMs ??= nowMs;
      seen.writingMs = nowMs - seen.firstTokenMs;
      seen.text += piece;
      if (!isJson) terminal.write(printable(piece));
    }
  } catch (error) {
    seen.error = error;
  }
  return seen;
}

interface Closed {
  /** In words. */
  charge: string;
  tokens: number;
}

/** An aborted stream brings no usage; the task knows, once the server has closed it. */
async function chargeAfterAbort({ client }: AskOptions, taskId: string): Promise<Closed | null> {
  for (let tries = 0; tries < 15; tries++) {
    const task = await client.tasks.get(taskId).catch(() => null);
    if (task === null) return null;
    if (task.completed_at !== null)
      return { charge: paidText(task.asset, BigInt(task.cost_vcu ?? task.cost_far)), tokens: task.tokens_generated };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return null;
}

function summary(options: AskOptions, seen: Measured, closed: Closed | null): string {
  const tokens = seen.usage?.completion_tokens ?? closed?.tokens;
  const { asset = "FAR", charge = null } = seen.far ?? {};
  const charged = charge === null ? closed?.charge : paidText(asset, charge);
  const speed =
    tokens === undefined || seen.firstTokenMs === null
      ? null
      : tokensPerSecond({ tokens, firstMs: seen.firstTokenMs, writingMs: seen.writingMs });
  const parts = [
    printable(options.model),
    tokens === undefined ? null : `${tokens} tokens`,
    speed === null ? null : `${speed} tokens/s`,
    seen.firstTokenMs === null ? null : `first after ${formatMs(seen.firstTokenMs)}`,
    charged ?? null,
    seen.finishReason === "length" ? "cut at the length limit" : null,
    seen.far?.taskId ?? null,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** Asks once, streams the answer out, and says at the end what it was and cost. */
export async function ask(
  options: AskOptions,
  asked: { messages: ChatMessage[]; signal: AbortSignal },
): Promise<Outcome> {
  const { terminal, isJson, model } = options;
  const seen = await receive(options, asked);
  const taskId = seen.far?.taskId ?? null;
  const closed = seen.error !== null && taskId !== null ? await chargeAfterAbort(options, taskId) : null;
  if (isJson && seen.error === null) {
    const { far, text, usage, finishReason } = seen;
    const answer = {
      ...{ task_id: taskId, model, text, finish_reason: finishReason, usage },
      ...{ asset: far?.asset ?? null, quote: far?.quote?.toString() ?? null, charge: far?.charge?.toString() ?? null },
      ...{
        first_token_ms: seen.firstTokenMs === null ? null : Math.round(seen.firstTokenMs),
        writing_ms: Math.round(seen.writingMs),
      },
    };
    terminal.out(JSON.stringify(answer, null, 2));
  }
  if (!isJson) {
    if (seen.text !== "") terminal.write("\n");
    const line = `${seen.error === null ? "" : "stopped · "}${summary(options, seen, closed)}`;
    if (seen.error === null || taskId !== null) terminal.note(terminal.noteStyle.dim(line));
  }
  return { text: seen.text, error: seen.error };
}
