/** The numbers that checks compare with honest runs; larger is stranger. Text equality is never the test. */
import { temperatureOf } from "./calibration.ts";

/** One completion token as a checker scored it: natural log of its probability, and its place among all tokens, 1 the likeliest. */
export type TokenScore = readonly [logprob: number, rank: number];

/** The words of shorter answers say too little. */
export const TOKENS_MIN = 8;
/** One absurd token, which rounding can make, counts no more than this. */
const SURPRISE_MAX = 12;
const RANK_MAX = 257;

function strange([logprob, rank]: TokenScore, temperature: number | undefined): number {
  // A greedy answer hardly ever leaves the first place, whatever its probability; a sampled one does, and its probability tells as well.
  const place = Math.log(Math.min(RANK_MAX, Math.max(1, rank)));
  return temperatureOf(temperature) === "cold" ? place : place + Math.min(SURPRISE_MAX, Math.max(0, -logprob)) / 2;
}

/**
 * How strange an answer is to the checker's model, the mean over its tokens: for greedy answers ln(rank), for sampled ones half the surprise
 * besides. The pair that scores the end of the turn is not among `scores`.
 * Null for answers below {@link TOKENS_MIN} tokens, or with a score that is no number.
 */
export function strangeness(scores: readonly TokenScore[], temperature: number | undefined): number | null {
  if (scores.length < TOKENS_MIN || scores.some(([logprob, rank]) => Number.isNaN(logprob + rank))) return null;
  return scores.reduce((sum, score) => sum + strange(score, temperature), 0) / scores.length;
}

/** How strange it is that the answer ends where it does: an answer that was cut short and passed off as whole ends at an odd place. */
export const endStrangeness = (end: TokenScore, temperature: number | undefined): number => strange(end, temperature);

/**
 * How far an answer lies from another honest answer to the same prompt, 0 … 1: one less the share of common character trigrams, or less
 * the ratio of lengths where that is smaller, so that an answer cut short is strange even if every word of it is right.
 */
export function divergence(answer: string, reference: string): number {
  const [a, b] = [trigrams(answer), trigrams(reference)];
  const total = a.count + b.count;
  if (total === 0) return answer === reference ? 0 : 1;
  let common = 0;
  for (const [gram, n] of a.grams) common += Math.min(n, b.grams.get(gram) ?? 0);
  const alike = (2 * common) / total;
  const lengths = Math.min(answer.length, reference.length) / Math.max(answer.length, reference.length);
  return 1 - Math.min(alike, lengths);
}

function trigrams(text: string): { grams: Map<string, number>; count: number } {
  const grams = new Map<string, number>();
  for (let i = 0; i + 3 <= text.length; i++) {
    const gram = text.slice(i, i + 3);
    grams.set(gram, (grams.get(gram) ?? 0) + 1);
  }
  return { grams, count: Math.max(0, text.length - 2) };
}
