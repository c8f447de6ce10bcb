/**
 * One sequence of a llama.cpp context: what it has evaluated, and how it takes more.
 *
 * The promise that an answer continued elsewhere equals the uninterrupted one at temperature 0 rests here. Floating-point results depend on
 * how tokens are grouped into batches, so the grouping is a function of the token sequence alone: a prompt always goes in blocks of
 * {@link BLOCK_TOKENS} counted from its first token, every later token alone, and no batch ever holds two sequences. A kept prefix is reused only up
 * to the last block that was evaluated in that very way.
 */
import type {
  ControlledEvaluateIndexOutput,
  ControlledEvaluateInputItem,
  LlamaContextSequence,
  Token,
} from "node-llama-cpp";
import { throwIfAborted } from "../engine.ts";

export const BLOCK_TOKENS = 128;
/** Delivered tokens are fed one by one up to here; more would take as long as generating them, so they go in one batch. */
const REPLAY_ONE_BY_ONE_MAX = 512;
/** Given tokens are scored in blocks of this many: small enough that other slots need not wait long, and that the scores of a large vocabulary fit. */
const SCORE_BLOCK_TOKENS = 64;

type GenerateNext = NonNullable<Extract<ControlledEvaluateInputItem, unknown[]>[1]["generateNext"]>;
export type Scores = ControlledEvaluateIndexOutput["next"];

export interface Slot {
  /** Leading tokens of a prompt that would not be computed again. */
  reusable(prompt: readonly Token[]): number;
  /** Evaluates all but the last step of prompt and delivered tokens; the next {@link Slot.next} evaluates that and scores what follows. */
  prefill(prompt: readonly Token[], delivered: readonly Token[], signal: AbortSignal): Promise<void>;
  /** Evaluates what is pending and scores the token after it. */
  next(generateNext: GenerateNext): Promise<Scores>;
  /** The chosen token, evaluated with the next step. */
  accept(token: Token): void;
  /**
   * Evaluates what is pending and then `given`, and scores the place before each token: block by block, one result for each of `wanted`, which
   * has as many as `given`, or one more for the place after the last.
   */
  score(
    given: readonly Token[],
    wanted: readonly GenerateNext[],
    signal: AbortSignal,
  ): AsyncGenerator<Scores[], void, void>;
}

const commonLength = (a: readonly Token[], b: readonly Token[]): number => {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i += 1) if (a[i] !== b[i]) return i;
  return n;
};
const blockFloor = (n: number): number => Math.max(0, Math.floor(n / BLOCK_TOKENS) * BLOCK_TOKENS);

export function createSlot(sequence: LlamaContextSequence): Slot {
  /** Leading tokens that lie in the sequence in whole prompt blocks. */
  let blocks: Token[] = [];
  let pending: Token[] = [];

  const reusable = (prompt: readonly Token[]) => blockFloor(Math.min(commonLength(blocks, prompt), prompt.length - 1));

  async function cutTo(length: number): Promise<number> {
    if (length > 0 && sequence.nextTokenIndex > length)
      await sequence.eraseContextTokenRanges([{ start: length, end: sequence.nextTokenIndex }]);
    // Some architectures cannot forget only their end.
    if (length > 0 && sequence.nextTokenIndex === length) return length;
    await sequence.clearHistory();
    return 0;
  }

  return {
    reusable,
    async prefill(prompt, delivered, signal) {
      let at = await cutTo(reusable(prompt));
      blocks = blocks.slice(0, at);
      const wholeEnd = delivered.length > 0 ? prompt.length : blockFloor(prompt.length - 1);
      while (at < wholeEnd) {
        throwIfAborted(signal);
        const block = prompt.slice(at, Math.min(wholeEnd, at + BLOCK_TOKENS));
        await sequence.evaluateWithoutGeneratingNewTokens(block);
        at += block.length;
        blocks = prompt.slice(0, blockFloor(at));
      }
      pending = prompt.slice(at);
      if (delivered.length === 0) return;
      const replayed = delivered.slice(0, -1);
      if (delivered.length > REPLAY_ONE_BY_ONE_MAX) await sequence.evaluateWithoutGeneratingNewTokens(replayed);
      else
        for (const token of replayed) {
          throwIfAborted(signal);
          await sequence.evaluateWithoutGeneratingNewTokens([token]);
        }
      pending = delivered.slice(-1);
    },
    async next(generateNext) {
      const last = pending.length - 1;
      const input = pending.map(
        (token, i): ControlledEvaluateInputItem => (i === last ? [token, { generateNext }] : token),
      );
      pending = [];
      const scores = (await sequence.controlledEvaluate(input)).at(-1);
      if (!scores) throw new Error("llama.cpp returned no scores");
      return scores.next;
    },
    accept(token) {
      pending = [token];
    },
    async *score(given, wanted, signal) {
      // What is pending goes in as it would before an answer; the last token before each wanted place asks for the scores there.
      let block = pending;
      pending = [];
      for (let asked = 0; asked < wanted.length; ) {
        throwIfAborted(signal);
        const first = asked === 0 ? block.length - 1 : 0;
        const from = asked;
        const input = block.map((token, i): ControlledEvaluateInputItem => {
          const generateNext = wanted[from + i - first];
          return i < first || !generateNext ? token : [token, { generateNext }];
        });
        const scores = (await sequence.controlledEvaluate(input)).slice(first).map((output) => output?.next);
        if (!scores.every((one) => one !== undefined)) throw new Error("llama.cpp returned no scores");
        yield scores;
        asked += scores.length;
        block = given.slice(asked - 1, Math.min(asked - 1 + SCORE_BLOCK_TOKENS, wanted.length - 1));
      }
    },
  };
}
