/**
 * Keeps one part running.
 *
 * States: starting → running → (ended unasked) waiting → starting …, and from each of them → stopped. The first start is the caller's: its
 * failure is reported, not retried. Later ones are retried with growing waits, told once per change of state.
 */
export interface RunningPart {
  pid: number;
  /** How it ended, in words; never rejects. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

export interface Supervised {
  /** Null while it is down. */
  current(): RunningPart | null;
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  name: string;
  start(): Promise<RunningPart>;
  onNote(line: string): void;
  /** First wait after an end, doubles up to `waitMsMax`. */
  waitMs?: number;
  waitMsMax?: number;
  /** Whoever ran this long starts again with the first wait. */
  healthyMs?: number;
}

/** Starts a part and starts it again whenever it ends unasked. @throws what the first start throws */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { name, start, onNote, waitMs = 500, waitMsMax = 30_000, healthyMs = 60_000 } = options;
  let part: RunningPart | null = await start();
  let isStopping = false;
  let wake = (): void => undefined;

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function restart(delayMs: number): Promise<RunningPart | null> {
    let nextMs = delayMs;
    let lastReason = "";
    for (;;) {
      await pause(nextMs);
      if (isStopping) return null;
      try {
        return await start();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== lastReason) onNote(`${name} does not start: ${reason}`);
        lastReason = reason;
        nextMs = Math.min(waitMsMax, nextMs * 2);
      }
    }
  }

  const watch = (async () => {
    let delayMs = waitMs;
    while (part !== null) {
      const startedMs = performance.now();
      const how = await part.exited;
      part = null;
      if (isStopping) return;
      onNote(`${name} ended unasked (${how}); starting it again`);
      delayMs = performance.now() - startedMs > healthyMs ? waitMs : Math.min(waitMsMax, delayMs * 2);
      const next = await restart(delayMs);
      if (next === null) return;
      if (isStopping) await next.stop();
      part = next;
      if (!isStopping) onNote(`${name} runs again (pid ${next.pid})`);
    }
  })();

  return {
    current: () => part,
    stop: async () => {
      isStopping = true;
      wake();
      await part?.stop();
      await watch;
    },
  };
}
