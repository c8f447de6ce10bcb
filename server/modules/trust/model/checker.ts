/**
 * Checks of the checkers: now and then a checker is given an answer of which it is known that it is good, or that it is bad. Whoever calls
 * a good one strange or a bad one ordinary too often is no checker for a while, and what it said meanwhile decides nothing.
 */

export interface CheckerRecord {
  /** The newest last; true where the checker was right. */
  recent: readonly boolean[];
}

/** One check in so many is seeded. */
export const SEEDED_EVERY = 10;
const RECENT_MAX = 20;
/** Errors among the recent ones after which a checker is not believed; an honest one errs about once in fifty. */
const ERRORS_MAX = 2;
/** A good answer may be called as strange as one honest check in a hundred; a bad one must be stranger than one in twenty. */
const GOOD_SHARE_MIN = 0.01;
const BAD_SHARE_MAX = 0.05;

/** Whether the checker judged a seeded answer rightly; `share` is that of honest checks at least as strange. */
export const isRight = (seeded: "good" | "bad", share: number): boolean =>
  seeded === "good" ? share >= GOOD_SHARE_MIN : share <= BAD_SHARE_MAX;

export const noteSeeded = ({ recent }: CheckerRecord, right: boolean): CheckerRecord => ({
  recent: [...recent, right].slice(-RECENT_MAX),
});

export const isBelieved = ({ recent }: CheckerRecord): boolean => recent.filter((right) => !right).length <= ERRORS_MAX;

/**
 * A bad answer made of a good one: the same words in another order, which no model would have said. `lots` are numbers in 0 … 1.
 */
export function spoil(text: string, lots: () => number): string {
  const words = text.split(" ");
  for (let i = words.length - 1; i > 0; i--) {
    const j = Math.floor(lots() * (i + 1));
    const [a, b] = [words[i] ?? "", words[j] ?? ""];
    words[i] = b;
    words[j] = a;
  }
  return words.join(" ");
}
