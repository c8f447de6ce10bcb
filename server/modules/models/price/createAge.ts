import type { Clock } from "#kernel";
import type { FeedRound, Price } from "./guard.ts";

/** How old prices are, by the feed's own time and by the clock that never steps: turning the wall clock back makes no price young. */
export function createAge(clock: Clock) {
  let seen: { roundId: bigint; ageMs: number; monotonicMs: number } | null = null;
  return {
    /** A round was read; counts from the first time. */
    see({ roundId, updatedAtMs }: FeedRound): void {
      if (seen?.roundId === roundId) return;
      seen = { roundId, ageMs: Math.max(0, clock.now() - updatedAtMs), monotonicMs: clock.monotonic() };
    },
    /** Ms; below zero for a feed whose clock is ahead. */
    of(price: Price): number {
      const byWall = clock.now() - price.atMs;
      if (seen === null || seen.roundId !== price.roundId) return byWall;
      return Math.max(byWall, seen.ageMs + clock.monotonic() - seen.monotonicMs);
    },
  };
}
