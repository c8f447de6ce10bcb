/**
 * Scores of a given answer from a server that reads log-probabilities of its input, in either of the two ways in which servers do:
 * `prompt_logprobs` (vLLM and its kin; log-probability and rank, for chats too) or `echo` with `logprobs` (the older completions; the rank
 * only within the alternatives told, and only for raw prompts).
 */
import { type Delta, type GivenCompletion, SCORE_LOGPROB_MIN, SCORE_RANK_MAX } from "@farlabs/protocol";
import { z } from "zod";
import { EngineError, type EngineIo, type EngineResult, type EngineTask } from "../engine.ts";
import { errorIn, upstreamError } from "./upstreamError.ts";

export type ScoreStyle = "prompt_logprobs" | "echo";
type Pair = NonNullable<Delta["scores"]>[number];
type Post = (path: string, body: Record<string, unknown>) => Promise<unknown>;

/** Alternatives asked for with `echo`; OpenAI's own limit. */
const ECHO_ALTERNATIVES = 5;
const INPUT_TOKENS_MAX = 1_048_576;
const PAIRS_PER_CHUNK = 512;

const scored = z.object({ logprob: z.number().nullable(), rank: z.number().int().min(1).nullish() });
const promptLogprobs = z.array(z.record(z.string(), scored).nullable()).max(INPUT_TOKENS_MAX).nullish();
const inputBody = z.object({
  /** vLLM: beside the choices of a chat, within the choice of a raw completion. */
  prompt_logprobs: promptLogprobs,
  choices: z.array(z.object({ prompt_logprobs: promptLogprobs })).max(8),
  usage: z.object({ prompt_tokens: z.number().int().min(1) }).nullish(),
});
const echoBody = z.object({
  choices: z
    .array(
      z.object({
        logprobs: z.object({
          token_logprobs: z.array(z.number().nullable()).max(INPUT_TOKENS_MAX),
          text_offset: z.array(z.number().int().min(0)).max(INPUT_TOKENS_MAX),
          top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).max(INPUT_TOKENS_MAX),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number().int().min(1) }).nullish(),
});

const CONTINUES = { add_generation_prompt: false, continue_final_message: true };
const unlikely: Pair = [SCORE_LOGPROB_MIN, SCORE_RANK_MAX + 1];
const pair = (logprob: number, rank: number): Pair => [
  Math.max(SCORE_LOGPROB_MIN, Math.min(0, logprob)),
  Math.min(rank, SCORE_RANK_MAX + 1),
];

const strange = (): EngineError => new EngineError("engine_error", "the engine sent scores of an unknown shape");

/** Scores of every token of the input, null for the first. A record may name the likeliest token beside the one that was given: the given one is the least likely. */
function inputScores(body: unknown): { pairs: (Pair | null)[]; tokens: number } {
  const error = errorIn(body);
  if (error) throw upstreamError(error.status ?? 500, error.message);
  const parsed = inputBody.safeParse(body);
  const rows = parsed.data?.prompt_logprobs ?? parsed.data?.choices[0]?.prompt_logprobs;
  if (!rows) throw strange();
  const pairs = rows.map((row) => {
    if (row === null) return null;
    const given = Object.values(row).reduce((a, b) => ((b.rank ?? 0) > (a.rank ?? 0) ? b : a));
    return given.logprob === null || !given.rank ? unlikely : pair(given.logprob, given.rank);
  });
  return { pairs, tokens: parsed.data?.usage?.prompt_tokens ?? rows.length };
}

interface Scored {
  pairs: Pair[];
  promptTokens: number;
}
const after = (all: readonly (Pair | null)[], prompt: number): Pair[] =>
  all.slice(prompt).map((one) => one ?? unlikely);

const READ = { max_tokens: 1, temperature: 0, prompt_logprobs: 0 };

/** The answer goes in as the final message, left open: how many tokens it is shows against the same chat without it. Closed, the next one ends the turn. */
async function scoreChat(post: Post, messages: readonly unknown[], given: GivenCompletion): Promise<Scored> {
  const whole = [...messages, { role: "assistant", content: given.text }];
  const read = async (body: Record<string, unknown>) =>
    inputScores(await post("/chat/completions", { ...body, ...READ }));
  const opened = await read({ messages });
  const goneOn = await read({ messages: whole, ...CONTINUES });
  const pairs = after(goneOn.pairs, opened.pairs.length);
  if (!given.ended) return { pairs, promptTokens: goneOn.tokens };
  const closed = await read({ messages: whole, add_generation_prompt: false });
  const end = closed.pairs[goneOn.pairs.length];
  if (!end) throw strange();
  return { pairs: [...pairs, end], promptTokens: closed.tokens };
}

async function scoreRaw(post: Post, prompt: string, text: string): Promise<Scored> {
  const opened = inputScores(await post("/completions", { prompt, ...READ }));
  const read = inputScores(await post("/completions", { prompt: prompt + text, ...READ }));
  return { pairs: after(read.pairs, opened.pairs.length), promptTokens: read.tokens };
}

/** Tokens that begin within the answer; one that reaches into it from the prompt counts as the prompt's. */
async function scoreEcho(post: Post, prompt: string, text: string): Promise<Scored> {
  const body = { prompt: prompt + text, max_tokens: 1, temperature: 0, echo: true, logprobs: ECHO_ALTERNATIVES };
  const answer = await post("/completions", body);
  const error = errorIn(answer);
  if (error) throw upstreamError(error.status ?? 500, error.message);
  const parsed = echoBody.safeParse(answer);
  const read = parsed.data?.choices[0]?.logprobs;
  if (!read) throw strange();
  const pairs = read.text_offset.flatMap((offset, i): Pair[] => {
    if (offset < prompt.length || offset >= prompt.length + text.length) return [];
    const logprob = read.token_logprobs[i];
    if (logprob === null || logprob === undefined) return [unlikely];
    const above = Object.values(read.top_logprobs[i] ?? {}).filter((other) => other > logprob).length;
    return [pair(logprob, above + 1)];
  });
  return { pairs, promptTokens: parsed.data?.usage?.prompt_tokens ?? read.text_offset.length };
}

const isScores = ({ pairs }: Scored, text: string): boolean =>
  // Two words are at least two tokens, and a token has at least a character.
  pairs.length >= 2 && pairs.length <= text.length && pairs.every(([logprob]) => logprob > SCORE_LOGPROB_MIN);

/**
 * The way in which a server scores its input, if any: asked once at join, and believed only if scores of the very text that was sent come back. A
 * server that answers chats must score chats: with raw prompts alone nobody could check it.
 */
export async function probeScoring(
  post: Post,
  can: { chat: boolean; completion: boolean },
): Promise<ScoreStyle | undefined> {
  const prompt = "one two three";
  const text = " four five";
  const passes = async (attempt: () => Promise<Scored>): Promise<boolean> =>
    attempt().then(
      (found) => isScores(found, text),
      () => false,
    );
  const ended = { text, ended: true };
  if (can.chat)
    return (await passes(() => scoreChat(post, [{ role: "user", content: prompt }], ended)))
      ? "prompt_logprobs"
      : undefined;
  if (!can.completion) return undefined;
  if (await passes(() => scoreRaw(post, prompt, text))) return "prompt_logprobs";
  return (await passes(() => scoreEcho(post, prompt, text))) ? "echo" : undefined;
}

function read(post: Post, style: ScoreStyle, task: EngineTask): Promise<Scored> {
  const { completion: given, messages, prompt } = task.request;
  if (!given?.text) throw new EngineError("invalid_request", "nothing to score");
  if (messages) {
    if (style === "echo") throw new EngineError("unsupported", "this engine scores raw completions only");
    return scoreChat(post, messages, given);
  }
  if (given.ended) throw new EngineError("unsupported", "this engine does not score the end of a raw completion");
  if (prompt === undefined) throw new EngineError("invalid_request", "a completion needs a prompt");
  return style === "echo" ? scoreEcho(post, prompt, given.text) : scoreRaw(post, prompt, given.text);
}

/**
 * Scores the answer of a task of kind `score`.
 * @param post - asks the server's model
 * @throws EngineError
 */
export async function scoreAnswer(
  post: Post,
  style: ScoreStyle,
  run: { task: EngineTask; io: EngineIo },
): Promise<EngineResult> {
  const { pairs, promptTokens } = await read(post, style, run.task);
  if (pairs.length === 0) throw strange();
  for (let at = 0; at < pairs.length; at += PAIRS_PER_CHUNK)
    await run.io.onChunk({ index: 0, delta: { scores: pairs.slice(at, at + PAIRS_PER_CHUNK) } });
  return { usage: { promptTokens, completionTokens: 0 }, finishReasons: ["stop"] };
}
