/** The numbers that checks compare with honest runs; larger is stranger. Text equality is never the test. */
import { type Temperature, temperatureOf } from "./calibration.ts";

/** One completion token as a checker scored it: natural log of its probability, and its place among all tokens, 0 the most likely. */
export type TokenScore = readonly [logprob: number, rank: number];

/** Shorter answers say too little. */
export const TOKENS_MIN = 8;
/** One absurd token, which rounding can make, counts no more than this. */
const SURPRISE_MAX = 12;
const RANK_MAX = 1_000;

/**
 * How strange an answer is to the checker's model, per token: for greedy answers ln(1 + rank), since an honest one hardly ever leaves the
 * first place; for sampled ones half the surprise besides. Null for answers below {@link TOKENS_MIN} tokens or with a score that is no number.
 */
export function strangeness(scores: readonly TokenScore[], temperature: number | undefined): number | null {
  if (scores.length < TOKENS_MIN) return null;
  const kind: Temperature = temperatureOf(temperature);
  let sum = 0;
  for (const [logprob, rank] of scores) {
    if (Number.isNaN(logprob) || !(rank >= 0)) return null;
    const surprise = Math.min(SURPRISE_MAX, Math.max(0, -logprob));
    sum += Math.log1p(Math.min(RANK_MAX, rank)) + (kind === "cold" ? 0 : surprise / 2);
  }
  return sum / scores.length;
}

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
