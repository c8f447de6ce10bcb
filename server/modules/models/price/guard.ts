/**
 * Which answer of the price feed may quote. A pure state machine:
 *
 * - nothing accepted → the first round without a flaw is accepted
 * - accepted → a later round within `jumpBps` of it is accepted in its place; one further away is **held**
 * - held → ends when the held round is still the feed's newest after `confirmMs`, or a later round agrees with it (both accepted), or a later
 *   round lies near the accepted price again (the held one was a spike and is dropped); a later round far from both is held instead
 *
 * Rounds are ordered by the feed's own time. An older one (a node that lags, a reorganisation) changes nothing.
 */

/** What the feed says, as read. */
export interface FeedRound {
  roundId: bigint;
  answeredInRound: bigint;
  /** USD per FAR in units of 10^-decimals; signed, as the interface has it. */
  answer: bigint;
  decimals: number;
  /** Ms since 1970; 0 while the round is not complete. */
  updatedAtMs: number;
}

/** Why a round can never be accepted. */
export type FeedFlaw = "wrong_decimals" | "not_positive" | "incomplete" | "from_the_future";

export interface Price {
  /** USD per FAR, 8 decimals. */
  rate8: bigint;
  roundId: bigint;
  /** The feed's own time, ms since 1970. */
  atMs: number;
}

export interface GuardState {
  accepted: Price | null;
  /** `sinceMs` is monotonic. */
  held: (Price & { sinceMs: number }) | null;
}

export interface GuardLimits {
  /** A move of more than this many hundredths of a percent is held. */
  jumpBps: bigint;
  /** A held round that stands this long is accepted. */
  confirmMs: number;
}

const DECIMALS = 8;
/** A round this far ahead of our clock is as untrustworthy as an old one. */
const AHEAD_MS_MAX = 600_000;
/** Far above any price of a token, far below what could overflow a column. */
const ANSWER_MAX = 10n ** 30n;

/** @returns null for a round that may be considered */
export function flawOf(round: FeedRound, nowMs: number): FeedFlaw | null {
  if (round.decimals !== DECIMALS) return "wrong_decimals";
  if (round.updatedAtMs === 0 || round.answeredInRound < round.roundId) return "incomplete";
  if (round.answer <= 0n || round.answer > ANSWER_MAX) return "not_positive";
  return round.updatedAtMs - nowMs > AHEAD_MS_MAX ? "from_the_future" : null;
}

const isJump = (from: bigint, to: bigint, bps: bigint): boolean => {
  const move = to > from ? to - from : from - to;
  return move * 10_000n > from * bps;
};

/** The state after a round without a flaw was read. */
export function observe(
  state: GuardState,
  round: FeedRound,
  at: { monotonicMs: number; limits: GuardLimits },
): GuardState {
  const { accepted, held } = state;
  const { jumpBps, confirmMs } = at.limits;
  const price: Price = { rate8: round.answer, roundId: round.roundId, atMs: round.updatedAtMs };
  if (accepted === null) return { accepted: price, held: null };
  if (price.atMs < (held ?? accepted).atMs) return state;
  if (!isJump(accepted.rate8, price.rate8, jumpBps)) return { accepted: price, held: null };
  if (held === null) return { accepted, held: { ...price, sinceMs: at.monotonicMs } };
  const isSame = price.roundId === held.roundId && price.rate8 === held.rate8;
  const isConfirmed = isSame
    ? at.monotonicMs - held.sinceMs >= confirmMs
    : price.roundId !== held.roundId && !isJump(held.rate8, price.rate8, jumpBps);
  if (isConfirmed) return { accepted: price, held: null };
  return isSame ? state : { accepted, held: { ...price, sinceMs: at.monotonicMs } };
}
