import type { Token } from "node-llama-cpp";
import type { ChoiceRun } from "./answer.ts";
import { type Generated, type GenerateOptions, generate } from "./generate.ts";
import { chatLogprobs, completionLogprobs, type TokenLogprob } from "./logprobs.ts";
import { responseGrammar, samplingOf } from "./readRequest.ts";

/** One choice of text, free or constrained, from its beginning or from what was delivered. */
export async function textChoice(run: ChoiceRun, delivered: GenerateOptions["delivered"]): Promise<Generated> {
  const { deps, choice, prompt, slot, io, task } = run;
  const { model, constraints } = deps;
  const grammar = responseGrammar(task.request);
  const constraint = grammar && (await constraints.of(grammar.text));
  for (const token of delivered.tokens) constraint?.accept(token);
  if (grammar?.closes && delivered.tokens.length > 0 && constraint?.complete())
    return { finishReason: "stop", tokens: 0 };

  const textOf = (token: number): string => model.detokenize([token as Token], true);
  const shape = task.kind === "chat" ? chatLogprobs : completionLogprobs;
  await slot.prefill(prompt, delivered.tokens, io.signal);
  return generate(model, slot, {
    ...samplingOf(task.request),
    seed: run.seed,
    stops: task.request.stop ?? [],
    signal: io.signal,
    choice,
    delivered,
    tokensMax: run.tokensMax,
    constraint,
    endWhenComplete: grammar?.closes ?? false,
    onPiece: ({ text, tokenIds, notes }) => {
      const scored = notes.filter((n): n is TokenLogprob => n !== undefined);
      const logprobs = scored.length > 0 ? { logprobs: shape(scored, textOf) } : {};
      return io.onChunk({ index: choice, delta: { content: text }, tokenIds, ...logprobs });
    },
  });
}
