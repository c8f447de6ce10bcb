import type { FarChain } from "../createChain.ts";

export type FeedKeeper = { stop(): void };

export type FeedKeeperOptions = {
  /** A chain whose account owns the settable feed. */
  readonly chain: FarChain;
  /** USD per FAR, 8 decimals. */
  readonly answer: bigint;
  /** Default 20 min: a third of the escrow's limit of 1 h, so two misses in a row do no harm. */
  readonly intervalMs?: number;
  /** A publication that failed; the next one comes after a minute, then at the interval again. */
  readonly onError?: (error: unknown) => void;
};

const retryMs = 60_000;

/**
 * Publishes the feed's answer now and then at every interval, as a market feed would.
 * @throws ChainError when the first publication fails.
 */
export async function keepFeedFresh(options: FeedKeeperOptions): Promise<FeedKeeper> {
  const { chain, answer, intervalMs = 20 * 60_000, onError } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function schedule(delayMs: number): void {
    if (stopped) return;
    timer = setTimeout(publish, delayMs);
    timer.unref();
  }

  function publish(): void {
    chain.setFeedAnswer({ answer }).then(
      () => schedule(intervalMs),
      (error: unknown) => {
        onError?.(error);
        schedule(Math.min(retryMs, intervalMs));
      },
    );
  }

  await chain.setFeedAnswer({ answer });
  schedule(intervalMs);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
