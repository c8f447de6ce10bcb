/** A chat or completion request on one slot: room, continuation, choices. */
import type { LlamaModel, Token } from "node-llama-cpp";
import { EngineError, type EngineIo, type EngineResult, type EngineTask } from "../engine.ts";
import type { Constraints } from "./constraint.ts";
import { deliveredOf, forcedTools, samplingOf } from "./readRequest.ts";
import type { Slot } from "./slot.ts";
import { textChoice } from "./textChoice.ts";
import { assertContinuable, toolCall } from "./toolCall.ts";

export interface AnswerDeps {
  model: LlamaModel;
  constraints: Constraints;
  contextTokens: number;
}
export interface AnswerRun {
  task: EngineTask;
  prompt: readonly Token[];
  slot: Slot;
  io: EngineIo;
}
/** One choice of an answer. */
export interface ChoiceRun extends AnswerRun {
  deps: AnswerDeps;
  choice: number;
  seed: number;
  /** Tokens this run may generate. */
  tokensMax: number;
}

/**
 * Tokens that may still be generated.
 * @throws EngineError `context_length_exceeded` when prompt, delivered tokens and limit do not fit the context together
 */
function roomFor(task: EngineTask, p: { contextTokens: number; prompt: number; delivered: number }): number {
  const { max_tokens: limit } = task.request;
  const room = p.contextTokens - p.prompt - p.delivered;
  const asked = limit === undefined ? room : limit - (task.continueFrom?.tokens ?? 0);
  if (asked <= room && room >= 1) return asked;
  const limited = limit === undefined ? "" : `, max_tokens is ${limit}`;
  throw new EngineError(
    "context_length_exceeded",
    `this model's maximum context length is ${p.contextTokens} tokens; the prompt has ${p.prompt}${limited}`,
  );
}

/**
 * Answers on a slot that the caller holds.
 * @throws EngineError
 */
export async function answer(deps: AnswerDeps, run: AnswerRun): Promise<EngineResult> {
  const { task, prompt } = run;
  const choices = task.request.n ?? 1;
  const tools = forcedTools(task);
  if (task.continueFrom) assertContinuable({ tools, choices });
  const delivered = deliveredOf(task, deps.model);
  const lengths = { contextTokens: deps.contextTokens, prompt: prompt.length, delivered: delivered.tokens.length };
  const tokensMax = roomFor(task, lengths);
  const usage = { promptTokens: prompt.length, completionTokens: 0 };
  if (delivered.stopped) return { usage, finishReasons: ["stop"] };
  if (tokensMax < 1) return { usage, finishReasons: ["length"] };

  const { seed } = samplingOf(task.request);
  const finishReasons: EngineResult["finishReasons"] = [];
  for (let choice = 0; choice < choices; choice += 1) {
    const one: ChoiceRun = { ...run, deps, choice, seed, tokensMax };
    const done = tools.length > 0 ? await toolCall(one, tools) : await textChoice(one, delivered);
    usage.completionTokens += done.tokens;
    finishReasons.push(tools.length > 0 && done.finishReason === "stop" ? "tool_calls" : done.finishReason);
  }
  return { usage, finishReasons };
}
