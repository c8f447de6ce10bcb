/** Scores a given answer: its tokens go in as input, and of each it is told how likely the model held it to be. Nothing is generated. */
import { type Delta, SCORE_LOGPROB_MIN, SCORE_RANK_MAX } from "@farlabs/protocol";
import type { LlamaModel, Token } from "node-llama-cpp";
import { EngineError, type EngineIo, type EngineResult, type EngineTask } from "../engine.ts";
import { completionTokens } from "./readRequest.ts";
import type { Scores, Slot } from "./slot.ts";

export interface ScoreDeps {
  model: LlamaModel;
  contextTokens: number;
}
export interface ScoreRun {
  task: EngineTask;
  prompt: readonly Token[];
  slot: Slot;
  io: EngineIo;
}
type Pair = NonNullable<Delta["scores"]>[number];

const round = (logprob: number): number => Math.max(SCORE_LOGPROB_MIN, Math.min(0, Math.round(logprob * 1e6) / 1e6));

/** What any of `tokens` (the likeliest of them) was held to be. */
function pairOf(scores: Scores, tokens: readonly Token[]): Pair {
  const logits = scores.logits ?? new Map<Token, number>();
  const own = Math.max(...tokens.map((token) => logits.get(token) ?? Number.NEGATIVE_INFINITY));
  let max = Number.NEGATIVE_INFINITY;
  let above = 0;
  for (const logit of logits.values()) {
    if (logit > max) max = logit;
    if (logit > own) above += 1;
  }
  return [round(own - max - Math.log(scores.totalLogitWeight ?? 1)), Math.min(above, SCORE_RANK_MAX) + 1];
}

const wantedOf = (tokens: readonly Token[]) =>
  ({
    logits: { filter: { tokens, includeTop: SCORE_RANK_MAX } },
    totalLogitWeight: true,
    options: { temperature: 0 },
  }) as const;

/** The tokens that end a turn; a model may know two. */
function endsOf(model: LlamaModel): Token[] {
  const { eot, eos } = model.tokens;
  const ends = [...new Set([eot, eos].filter((token) => token !== null))];
  if (ends.length === 0) throw new EngineError("unsupported", "this model knows no end of a turn");
  return ends;
}

/**
 * Scores on a slot that the caller holds; other slots take turns between the blocks.
 * @throws EngineError `invalid_request` without a completion, `context_length_exceeded` when prompt and completion do not fit together
 */
export async function score(deps: ScoreDeps, run: ScoreRun): Promise<EngineResult> {
  const { model, contextTokens } = deps;
  const { task, prompt, slot, io } = run;
  const given = task.request.completion;
  if (!given || (given.text === "" && !given.ended)) throw new EngineError("invalid_request", "nothing to score");
  const tokens = completionTokens(given, task.request.stop ?? [], model);
  if (prompt.length + tokens.length > contextTokens)
    throw new EngineError(
      "context_length_exceeded",
      `this model's maximum context length is ${contextTokens} tokens; prompt and completion have ${prompt.length + tokens.length}`,
    );
  const targets = [...tokens.map((token) => [token]), ...(given.ended ? [endsOf(model)] : [])];
  await slot.prefill(prompt, [], io.signal);
  let at = 0;
  for await (const block of slot.score(tokens, targets.map(wantedOf), io.signal)) {
    const scores = block.map((one, i) => pairOf(one, targets[at + i] ?? []));
    at += block.length;
    await io.onChunk({ index: 0, delta: { scores } });
  }
  return { usage: { promptTokens: prompt.length + tokens.length, completionTokens: 0 }, finishReasons: ["stop"] };
}
