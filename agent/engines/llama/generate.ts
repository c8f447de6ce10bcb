/** The loop that turns a prefilled slot into one choice of an answer. */
import type { LlamaModel, Token } from "node-llama-cpp";
import { EngineError, throwIfAborted } from "../engine.ts";
import { type Candidate, chooseToken, penalise, type SamplingOptions } from "./chooseToken.ts";
import type { Constraint } from "./constraint.ts";
import type { TokenLogprob } from "./logprobs.ts";
import { drawsAt } from "./random.ts";
import type { Scores, Slot } from "./slot.ts";
import { createTokenText, type TextPiece } from "./tokenText.ts";

/** Sampling looks at this many of the likeliest tokens; what lies beyond is noise and would cost a sort of the whole vocabulary. */
const CANDIDATES = 256;

export interface GenerateOptions extends SamplingOptions {
  seed: number;
  /** Choice of the answer: each draws its own numbers. */
  choice: number;
  /** Tokens of the answer that are out already, with their text. */
  delivered: { tokens: readonly Token[]; text: string };
  /** Most tokens to generate now. */
  tokensMax: number;
  stops: readonly string[];
  /** Alternatives to report with each token; absent = no logprobs. */
  topLogprobs?: number | undefined;
  constraint?: Constraint | undefined;
  /** End as soon as the constraint is complete, rather than when the model wants to. */
  endWhenComplete?: boolean;
  signal: AbortSignal;
  onPiece(piece: TextPiece<TokenLogprob | undefined>): Promise<void> | undefined;
}
export interface Generated {
  finishReason: "stop" | "length";
  tokens: number;
}

type GenerateNext = Parameters<Slot["next"]>[0];
type Mode = "argmax" | "top" | "scored" | "all";

/** The least that has to leave llama.cpp for one step. Options are llama.cpp's own; ours come after. */
function scoresWanted(mode: Mode): GenerateNext {
  const filter = { tokens: [], includeTop: CANDIDATES };
  switch (mode) {
    case "argmax":
      return { token: true, options: { temperature: 0 } };
    case "top":
      return { logits: { filter }, options: { temperature: 1, topK: CANDIDATES, topP: 1, minP: 0, seed: 1 } };
    case "scored":
      return { logits: { filter }, totalLogitWeight: true, options: { temperature: 0 } };
    case "all":
      return { logits: true, totalLogitWeight: true, options: { temperature: 0 } };
    default:
      return mode satisfies never;
  }
}
function modeOf(options: GenerateOptions): Mode {
  const penalties = options.presencePenalty !== 0 || options.frequencyPenalty !== 0;
  if (options.constraint || penalties) return "all";
  if (options.topLogprobs !== undefined) return "scored";
  return options.temperature <= 0 ? "argmax" : "top";
}

const candidatesOf = (scores: Scores): Candidate[] =>
  [...(scores.logits ?? [])].map(([token, logit]) => ({ token, logit }));

/** Log-probabilities under the model itself, before penalties and temperature, as OpenAI reports them. */
function logprobOf(scores: Scores, candidates: Candidate[], token: number, top: number): TokenLogprob {
  const max = candidates.reduce((m, c) => Math.max(m, c.logit), Number.NEGATIVE_INFINITY);
  const norm = max + Math.log(scores.totalLogitWeight ?? 1);
  const own = candidates.find((c) => c.token === token)?.logit ?? Number.NEGATIVE_INFINITY;
  const best = penalise(candidates, new Map(), {
    temperature: 0,
    topP: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
  }).slice(0, top);
  return { token, logprob: own - norm, top: best.map((c) => ({ token: c.token, logprob: c.logit - norm })) };
}

/**
 * Generates until the model ends, a stop sequence, the grammar's end, or the limit.
 * @throws EngineError `aborted` within a token of the signal.
 */
export async function generate(model: LlamaModel, slot: Slot, options: GenerateOptions): Promise<Generated> {
  const { delivered, constraint, signal, topLogprobs, seed, choice } = options;
  const mode = modeOf(options);
  const wanted = scoresWanted(mode);
  const text = createTokenText<TokenLogprob | undefined>(
    (tokens, before) => model.detokenize(tokens as Token[], false, before as Token[]),
    options.stops,
    delivered,
  );
  const counts = new Map<number, number>();
  for (const token of delivered.tokens) counts.set(token, (counts.get(token) ?? 0) + 1);

  function choose(scores: Scores, position: number): { token: number; note: TokenLogprob | undefined } {
    if (mode === "argmax") {
      if (scores.token === null || scores.token === undefined)
        throw new EngineError("engine_error", "the model chose no token");
      return { token: scores.token, note: undefined };
    }
    const candidates = candidatesOf(scores);
    const draw = drawsAt({ seed, choice, position });
    const allows = constraint ? (token: number) => constraint.allows(token as Token) : undefined;
    const token = chooseToken(penalise(candidates, counts, options), { ...options, draw }, allows);
    if (token === undefined) throw new EngineError("engine_error", "the grammar allows no token of this model");
    return { token, note: topLogprobs === undefined ? undefined : logprobOf(scores, candidates, token, topLogprobs) };
  }
  async function end(finishReason: Generated["finishReason"], tokens: number): Promise<Generated> {
    const rest = text.flush();
    if (rest) await options.onPiece(rest);
    return { finishReason, tokens };
  }

  for (let tokens = 0; ; tokens += 1) {
    if (tokens >= options.tokensMax) return end("length", tokens);
    throwIfAborted(signal);
    const { token, note } = choose(await slot.next(wanted), delivered.tokens.length + tokens);
    throwIfAborted(signal);
    if (model.isEogToken(token as Token)) return end("stop", tokens);
    slot.accept(token as Token);
    counts.set(token, (counts.get(token) ?? 0) + 1);
    constraint?.accept(token as Token);
    const { piece, stopped } = text.push(token, note);
    if (piece) await options.onPiece(piece);
    if (stopped) return { finishReason: "stop", tokens: tokens + 1 };
    if (options.endWhenComplete && constraint?.complete()) return end("stop", tokens + 1);
  }
}
