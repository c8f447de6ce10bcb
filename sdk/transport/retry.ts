export interface RetryPolicy {
  /** Further tries after the first. */
  retriesMax: number;
  /** First wait; doubles each time. */
  baseMs: number;
  /** Bound of a computed wait. */
  capMs: number;
  /** A longer `Retry-After` is not waited for: the caller gets the error with its `retryAfterS`. */
  retryAfterMsMax: number;
}

export const defaultRetryPolicy: RetryPolicy = { retriesMax: 2, baseMs: 500, capMs: 8_000, retryAfterMsMax: 30_000 };

export interface FailedTry {
  /** From 0. */
  retriesDone: number;
  /** HTTP status, 0 without an answer. */
  status: number;
  retryAfterS: number | null;
  /** Reads, and whatever carries an Idempotency-Key: a repeat cannot happen twice. */
  isRepeatable: boolean;
}

/** 429 and 503 say that nothing happened. No answer at all means "unknown", so only what is repeatable may be sent again. */
const mayRepeat = ({ status, isRepeatable }: FailedTry): boolean =>
  status === 429 || status === 503 || (status === 0 && isRepeatable);

/**
 * How long to wait before the next try, or null to give up.
 * @param random in [0, 1); a wait is drawn between half of the backoff and all of it, so that clients do not return together
 */
export function nextDelayMs(policy: RetryPolicy, failed: FailedTry, random: number): number | null {
  if (failed.retriesDone >= policy.retriesMax || !mayRepeat(failed)) return null;
  const backoffMs = Math.min(policy.capMs, policy.baseMs * 2 ** failed.retriesDone) * (0.5 + random / 2);
  const askedMs = failed.retryAfterS === null ? 0 : failed.retryAfterS * 1_000;
  if (askedMs > policy.retryAfterMsMax) return null;
  return Math.max(askedMs, backoffMs);
}

/** `Retry-After` as seconds: a number or an HTTP date; null when absent or nonsense. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return Number(text);
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, (atMs - nowMs) / 1_000);
}
