/**
 * What a server can do with a model, found by asking it once at join, one or a few tokens each. Nothing is taken from a version number.
 */
import type { ModelOffer } from "@farlabs/protocol";
import { z } from "zod";
import type { ContinueStyle } from "./body.ts";
import { probeScoring, type ScoreStyle } from "./score.ts";
import type { Upstream } from "./upstream.ts";

export interface Probed {
  kinds: ModelOffer["kinds"];
  features: ModelOffer["features"];
  continueStyle: ContinueStyle | undefined;
  scoreStyle: ScoreStyle | undefined;
  /** What the server calls itself in its answers. */
  version: string | undefined;
}

const reply = z.object({
  system_fingerprint: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .nullish()
    .catch(undefined),
  choices: z.array(
    z.object({ message: z.object({ content: z.string().nullish() }).nullish(), logprobs: z.unknown().optional() }),
  ),
});
const promptUsage = z.object({ usage: z.object({ prompt_tokens: z.number().int().positive() }) });
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
type Post = (path: string, body: Record<string, unknown>) => Promise<unknown>;

const styleFields: Record<ContinueStyle, Record<string, unknown>> = {
  continue_final_message: { add_generation_prompt: false, continue_final_message: true },
  prefill: {},
};

/**
 * By counting: a server that goes on reads exactly the tokens of the final message more; one that closes the turn reads the end of the turn and the
 * head of the next as well. Needs no clever model, but a server that counts prompts and completes raw text.
 */
async function countsOn(post: Post, style: ContinueStyle): Promise<boolean> {
  const read = async (path: string, body: Record<string, unknown>): Promise<number> =>
    promptUsage.safeParse(await post(path, { ...body, max_tokens: 1, temperature: 0 })).data?.usage.prompt_tokens ??
    Number.NaN;
  const ask = "Say something";
  const opened = await read("/chat/completions", { messages: [user(ask)] });
  const before = await read("/completions", { prompt: "Hello\n" });
  for (const given of ["The quick brown fox", "one two three"]) {
    const own = (await read("/completions", { prompt: `Hello\n${given}` })) - before;
    const more =
      (await read("/chat/completions", { messages: [user(ask), assistant(given)], ...styleFields[style] })) - opened;
    if (!(own > 0 && more === own)) return false;
  }
  return true;
}

/**
 * By what it writes: answers cut inside a word. Only a server that really goes on after the final assistant message writes the rest of that word;
 * one that opens a new turn begins with a whole word, however cleverly the model guesses what is wanted.
 */
const cuts = [
  { ask: "Say the days of the week in order, separated by spaces.", given: "Monday Tuesday Wednes", next: "day" },
  { ask: "Say the months of the year in order, separated by spaces.", given: "January February Mar", next: "ch" },
  { ask: "Count from one to ten in words, separated by spaces.", given: "one two three four five six se", next: "ven" },
] as const;
const CUTS_NEEDED = 2;

async function writesOn(post: Post, style: ContinueStyle): Promise<boolean> {
  let passed = 0;
  for (const { ask, given, next } of cuts) {
    const body = { messages: [user(ask), assistant(given)], max_tokens: 6, temperature: 0, ...styleFields[style] };
    const answer = reply.safeParse(await post("/chat/completions", body)).data?.choices[0]?.message?.content ?? "";
    if (answer.startsWith(next)) passed += 1;
  }
  return passed >= CUTS_NEEDED;
}

/**
 * @param upstream - the server
 * @param model - its name there
 * @returns undefined when the model answers nothing at all
 */
export async function probeModel(upstream: Upstream, model: string, signal: AbortSignal): Promise<Probed | undefined> {
  const post: Post = (path, body) => upstream.json(path, { model, ...body }, signal).catch(() => undefined);
  const ask = async (extra: Record<string, unknown> = {}) =>
    reply.safeParse(
      await post("/chat/completions", { messages: [user("Hello")], max_tokens: 1, temperature: 0, ...extra }),
    ).data;
  const chat = async (extra?: Record<string, unknown>) => (await ask(extra))?.choices[0];

  const first = await ask();
  const canChat = first?.choices[0] !== undefined;
  const version = first?.system_fingerprint ?? undefined;
  const canComplete = z
    .object({ choices: z.array(z.unknown()).min(1) })
    .safeParse(await post("/completions", { prompt: "Hello", max_tokens: 1 })).success;
  const canEmbed = z
    .object({ data: z.array(z.unknown()).min(1) })
    .safeParse(await post("/embeddings", { input: ["Hello"] })).success;
  const scoreStyle = await probeScoring(post, { chat: canChat, completion: canComplete });
  const kinds = [
    ...(canChat ? ["chat" as const] : []),
    ...(canComplete ? ["completion" as const] : []),
    ...(canEmbed ? ["embedding" as const] : []),
    ...(scoreStyle ? ["score" as const] : []),
  ];
  if (kinds.length === 0) return undefined;
  const features = { tools: false, json: false, logprobs: false };
  if (!canChat) return { kinds, features, continueStyle: undefined, scoreStyle, version };

  const tool = { type: "function", function: { name: "noop", parameters: { type: "object", properties: {} } } };
  const tools = (await chat({ tools: [tool], tool_choice: "auto" })) !== undefined;
  const json = (await chat({ response_format: { type: "json_object" } })) !== undefined;
  const logprobs = Boolean((await chat({ logprobs: true, top_logprobs: 1 }))?.logprobs);
  let continueStyle: ContinueStyle | undefined;
  for (const style of ["continue_final_message", "prefill"] as const)
    if (!continueStyle && ((await countsOn(post, style)) || (await writesOn(post, style)))) continueStyle = style;
  return { kinds, features: { tools, json, logprobs }, continueStyle, scoreStyle, version };
}
