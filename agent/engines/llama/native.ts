/**
 * The three calls of node-llama-cpp 3.22.1 that its typings leave out, in one place: rendering the model's own chat template, and asking and
 * advancing a grammar token by token (its public sampling accepts only tokens it drew itself, so delivered text could not be fed).
 * The version is pinned; {@link nativeOf} fails at load time if they are not there.
 */
import type { Llama, LlamaGrammarEvaluationState, Token } from "node-llama-cpp";
import { AgentError } from "../../errors.ts";

interface NativeState {
  readonly _state: unknown;
}
interface Bindings {
  AddonJinjaRenderer: new (template: string) => { render(items: Record<string, unknown>): string };
  AddonSampler: {
    acceptGrammarEvaluationStateToken(state: unknown, token: number): void;
    canBeNextTokenForGrammarEvaluationState(state: unknown, token: number): boolean;
  };
}

export interface Native {
  /** A renderer of one Jinja template. Rendering throws on a template error. */
  template(source: string): (items: Record<string, unknown>) => string;
  /** Whether the grammar allows this token next. An end-of-generation token is allowed when the grammar is complete. */
  grammarAllows(state: LlamaGrammarEvaluationState, token: Token): boolean;
  /** Advances the grammar. Throws when it does not allow the token. */
  grammarAccept(state: LlamaGrammarEvaluationState, token: Token): void;
}

/** @throws AgentError `model_file` if the installed node-llama-cpp is another version than the one this was written for. */
export function nativeOf(llama: Llama): Native {
  const bindings = (llama as unknown as { _bindings?: Partial<Bindings> })._bindings;
  const { AddonJinjaRenderer: Renderer, AddonSampler: sampler } = bindings ?? {};
  if (!Renderer || !sampler?.acceptGrammarEvaluationStateToken)
    throw new AgentError("model_file", "node-llama-cpp is not version 3.22.1: install the agent's own dependencies");
  const raw = (state: LlamaGrammarEvaluationState) => (state as unknown as NativeState)._state;
  return {
    template(source) {
      const renderer = new Renderer(source);
      return (items) => renderer.render(items);
    },
    grammarAllows: (state, token) => sampler.canBeNextTokenForGrammarEvaluationState(raw(state), token),
    grammarAccept: (state, token) => sampler.acceptGrammarEvaluationStateToken(raw(state), token),
  };
}
