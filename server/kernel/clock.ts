/** Time as a dependency, so that tests move it. */
export interface Clock {
  /** Wall time, ms since 1970. May step; for stamps and expiries. */
  now(): number;
  /** Monotonic ms; for durations and timeouts. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
