/** The real engine on the real model, asked and checked outside of any network. */

import { createLlamaEngine, type Engine } from "@farlabs/agent/lab";
import {
  type Llama,
  type LlamaContextSequence,
  type LlamaModel,
  LlamaText,
  SpecialTokensText,
  type Token,
} from "node-llama-cpp";
import type { Check } from "../recordings.ts";

export const TOKENS_MAX = 96;

/** A chat, or a text to go on with. */
export interface Question {
  kind: "chat" | "completion";
  text: string;
  /** A chat's system message. */
  system?: string;
}
export interface Answer {
  text: string;
  tokenIds: number[];
  /** As it came: each text, and how many tokens there were with it. */
  pieces: { text: string; upTo: number }[];
  /** The model ended it by itself. */
  ended: boolean;
}

/** The first tokens of an answer, said to be all of it. */
export function cutShort(given: Answer, share: number): Answer {
  const tokens = Math.max(1, Math.floor(given.tokenIds.length * share));
  const kept = given.pieces.filter(({ upTo }) => upTo <= tokens);
  const tokenIds = given.tokenIds.slice(0, kept.at(-1)?.upTo ?? 0);
  return { text: kept.map(({ text }) => text).join(""), tokenIds, pieces: kept, ended: true };
}
export interface Sampling {
  temperature: number;
  seed: number;
}

const requestOf = ({ kind, text, system }: Question) =>
  kind === "completion"
    ? { model: "m", prompt: text }
    : {
        model: "m",
        messages: [
          ...(system ? [{ role: "system" as const, content: system }] : []),
          { role: "user" as const, content: text },
        ],
      };

/** Answers as an agent of ours does. */
export async function answer(engine: Engine, question: Question, sampling: Sampling): Promise<Answer> {
  const given: Answer = { text: "", tokenIds: [], pieces: [], ended: false };
  const { finishReasons } = await engine.run(
    { kind: question.kind, request: { ...requestOf(question), ...sampling, max_tokens: TOKENS_MAX } },
    {
      signal: new AbortController().signal,
      onChunk: (chunk) => {
        given.text += chunk.delta.content ?? "";
        given.tokenIds.push(...(chunk.tokenIds ?? []));
        given.pieces.push({ text: chunk.delta.content ?? "", upTo: given.tokenIds.length });
        return undefined;
      },
    },
  );
  return { ...given, ended: finishReasons[0] === "stop" };
}

/** Scores an answer as a checker's node does. */
export async function check(engine: Engine, question: Question, { text, tokenIds, ended }: Answer): Promise<Check> {
  const pairs: [number, number][] = [];
  await engine.run(
    { kind: "score", request: { ...requestOf(question), completion: { text, tokenIds, ended } } },
    {
      signal: new AbortController().signal,
      onChunk: (chunk) => {
        pairs.push(...(chunk.delta.scores ?? []));
        return undefined;
      },
    },
  );
  const end = ended ? pairs.pop() : undefined;
  return { scores: pairs, end: end ?? null };
}

export const openEngine = (llama: Llama, path: string, slots: number): Promise<Engine> =>
  createLlamaEngine({ llama, path, id: "m", threads: 1, slots });

/** A llama.cpp context set up as somebody else's program would: its own batch size, its sequences sharing batches, its own sampler. */
export interface ForeignSetup {
  sequences: number;
  batchSize: number;
  flashAttention: boolean;
}

export const promptTokens = (model: LlamaModel, { kind, text, system }: Question): Token[] => {
  if (kind === "completion") return model.tokenize(text, false);
  const turn = (role: string, content: string) => [
    new SpecialTokensText(`<|im_start|>${role}\n`),
    content,
    new SpecialTokensText("<|im_end|>\n"),
  ];
  return LlamaText([
    ...(system ? turn("system", system) : []),
    ...turn("user", text),
    new SpecialTokensText("<|im_start|>assistant\n"),
  ]).tokenize(model.tokenizer);
};

async function foreignAnswer(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  question: Question,
  { temperature, seed }: Sampling,
): Promise<Answer> {
  await sequence.clearHistory();
  const tokenIds: Token[] = [];
  const options = temperature > 0 ? { temperature, seed, topK: 0, topP: 1, minP: 0 } : { temperature: 0 };
  let ended = true;
  for await (const token of sequence.evaluate(promptTokens(model, question), options)) {
    tokenIds.push(token);
    ended = tokenIds.length < TOKENS_MAX;
    if (!ended) break;
  }
  return { text: model.detokenize(tokenIds), tokenIds, pieces: [], ended };
}

/** Answers all questions on a foreign set-up, as many at once as it has sequences; results in the questions' order. */
export async function foreignAnswers(
  model: LlamaModel,
  setup: ForeignSetup,
  asked: readonly { question: Question; sampling: Sampling }[],
): Promise<Answer[]> {
  const { sequences, batchSize, flashAttention } = setup;
  const context = await model.createContext({ sequences, batchSize, flashAttention, contextSize: 1024, threads: 1 });
  const answers: Answer[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: sequences }, async () => {
      const sequence = context.getSequence();
      for (let at = next++; at < asked.length; at = next++) {
        const one = asked[at];
        if (one) answers[at] = await foreignAnswer(model, sequence, one.question, one.sampling);
      }
    }),
  );
  await context.dispose();
  return answers;
}
