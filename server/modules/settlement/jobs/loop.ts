import type { Logger } from "#platform/log";

const BACKOFF_MS_MAX = 30_000;

export interface Loop {
  start(): void;
  /** Waits for the round under way. */
  stop(): Promise<void>;
}

/**
 * Repeats `round`: `everyMs` apart while it succeeds, ever slower while it fails. Says once that it fails and once that it works again.
 */
export function createLoop(options: {
  name: string;
  everyMs: number;
  log: Logger;
  round: () => Promise<unknown>;
}): Loop {
  const { name, everyMs, log, round } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;
  let failures = 0;

  async function once(): Promise<void> {
    try {
      await round();
      if (failures > 0) log.info(`${name} works again`, { failures });
      failures = 0;
    } catch (error) {
      if (failures === 0) log.warn(`${name} fails, trying on ever more slowly`, { err: error });
      failures += 1;
    }
    if (stopped) return;
    timer = setTimeout(turn, Math.min(everyMs * 2 ** Math.min(failures, 10), Math.max(everyMs, BACKOFF_MS_MAX)));
  }
  function turn(): void {
    running = once();
  }

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      turn();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
