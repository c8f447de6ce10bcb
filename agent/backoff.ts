const BACKOFF_BASE_MS = 500;
const BACKOFF_CAP_MS = 30_000;

/**
 * Exponential backoff with full jitter: anything between 0 and the doubling bound, so that thousands of agents cut off together
 * do not come back together.
 * @param failures - consecutive failures so far, from 0
 * @param random - in [0, 1)
 * @returns milliseconds to wait
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const bound = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(failures, 16));
  return Math.floor(random() * bound);
}
