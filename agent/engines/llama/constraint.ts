/** A grammar that walks along with the answer. */
import type { Llama, LlamaGrammar, LlamaModel, Token } from "node-llama-cpp";
import { LlamaGrammarEvaluationState } from "node-llama-cpp";
import { EngineError } from "../engine.ts";
import type { Native } from "./native.ts";

export interface Constraint {
  allows(token: Token): boolean;
  /** Advances. @throws EngineError `invalid_request` when the token does not fit: delivered text that is not of this grammar. */
  accept(token: Token): void;
  /** The text so far is complete. */
  complete(): boolean;
}
export interface Constraints {
  /** @throws EngineError `invalid_request` when the grammar cannot be read. */
  of(grammar: string): Promise<Constraint>;
}

const CACHE_MAX = 32;
/**
 * Computing that one step may take, ms. A schema whose alternatives look alike doubles the grammar's states with every token, and nothing
 * else runs here meanwhile; stopping at the first slow step stops before the next one that is twice as slow.
 */
const STEP_MS_MAX = 500;

/** Time this thread has computed since `since`, ms; a busy machine does not count against a schema. */
const computedMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.threadCpuUsage(since);
  return (user + system) / 1_000;
};

/** Compiles grammars, remembering the last few. */
export function createConstraints(llama: Llama, model: LlamaModel, native: Native): Constraints {
  const compiled = new Map<string, LlamaGrammar>();
  const end = model.tokens.eot ?? model.tokens.eos;
  const wholeness = new Map<Token, boolean>();
  /**
   * llama.cpp's grammars do not look whether bytes are UTF-8: a stray lead byte would swallow the quote after it. So only tokens of whole
   * characters are drawn under a grammar; any other character can still be written as an escape.
   */
  const whole = (token: Token): boolean => {
    const known = wholeness.get(token);
    if (known !== undefined) return known;
    const is = !model.detokenize([token]).includes("\ufffd");
    wholeness.set(token, is);
    return is;
  };

  async function compile(text: string): Promise<LlamaGrammar> {
    const known = compiled.get(text);
    if (known) return known;
    try {
      const grammar = await llama.createGrammar({ grammar: text });
      compiled.set(text, grammar);
      const oldest = compiled.keys().next().value;
      if (compiled.size > CACHE_MAX && oldest !== undefined) compiled.delete(oldest);
      return grammar;
    } catch (cause) {
      throw new EngineError("invalid_request", "response schema: no grammar could be made of it", { cause });
    }
  }
  return {
    async of(text) {
      const grammar = await compile(text);
      let state: LlamaGrammarEvaluationState;
      try {
        state = new LlamaGrammarEvaluationState({ model, grammar });
      } catch (cause) {
        throw new EngineError("invalid_request", "response schema: no grammar could be made of it", { cause });
      }
      let stepMs = 0;
      const timed = <T>(work: () => T): T => {
        const since = process.threadCpuUsage();
        const result = work();
        stepMs += computedMs(since);
        if (stepMs > STEP_MS_MAX) throw new EngineError("invalid_request", "response schema: too ambiguous to follow");
        return result;
      };
      return {
        allows: (token) => whole(token) && timed(() => native.grammarAllows(state, token)),
        complete: () => end !== null && native.grammarAllows(state, end),
        accept(token) {
          stepMs = 0;
          try {
            timed(() => native.grammarAccept(state, token));
          } catch (cause) {
            if (cause instanceof EngineError) throw cause;
            throw new EngineError("invalid_request", "the delivered text does not fit the response schema", { cause });
          }
        },
      };
    },
  };
}
