/**
 * Rate limits by GCRA: per id one number, the theoretical arrival time; a request is allowed while that time is less than the burst
 * ahead of now. Exact, without windows whose edge lets twice the rate through.
 */
import type { Clock } from "#kernel";

export interface RateLimit {
  /** Sustained requests a minute. */
  perMin: number;
  /** Requests that may come at once; the whole minute's worth by default. */
  burst?: number;
}

export interface RateDecision {
  allowed: boolean;
  /** Requests a minute. */
  limit: number;
  /** Requests that would pass right now. */
  remaining: number;
  /** Until the full burst is there again. */
  resetMs: number;
  /** Until one request would pass; 0 when allowed. */
  retryMs: number;
}

/** One shared by several processes answers with a promise; the one in memory at once. */
export interface RateLimiter {
  take(id: string, limit: RateLimit): RateDecision | Promise<RateDecision>;
}

export interface LocalRateLimiter extends RateLimiter {
  take(id: string, limit: RateLimit): RateDecision;
}

/** Ids kept before the idle ones are dropped. */
const IDS_MAX = 100_000;

/** In memory, for one process. At most 100 000 ids: idle ones are forgotten, which is what their limit would say anyway. */
export function createRateLimiter(deps: { clock: Clock }): LocalRateLimiter {
  const arrivals = new Map<string, number>();

  function forgetIdle(nowMs: number): void {
    for (const [id, tat] of arrivals) if (tat <= nowMs) arrivals.delete(id);
    // All of them busy: drop the oldest. A flood of ids is then slowed by the limit per IP, not by this table.
    for (const id of arrivals.keys()) {
      if (arrivals.size <= IDS_MAX / 2) break;
      arrivals.delete(id);
    }
  }

  return {
    take(id, limit) {
      const nowMs = deps.clock.monotonic();
      const intervalMs = 60_000 / limit.perMin;
      const burstMs = intervalMs * (limit.burst ?? limit.perMin);
      const stored = arrivals.get(id);
      const tat = stored === undefined || stored < nowMs ? nowMs : stored;
      const next = tat + intervalMs;
      const overMs = next - nowMs - burstMs;
      // A rounding error of the sums must not refuse the last request of a burst.
      if (overMs > 1e-6) {
        return { allowed: false, limit: limit.perMin, remaining: 0, resetMs: tat - nowMs, retryMs: overMs };
      }
      if (stored === undefined && arrivals.size >= IDS_MAX) forgetIdle(nowMs);
      arrivals.set(id, next);
      const remaining = Math.floor((burstMs - (next - nowMs)) / intervalMs + 1e-6);
      return { allowed: true, limit: limit.perMin, remaining, resetMs: next - nowMs, retryMs: 0 };
    },
  };
}
