import type { Logger } from "#platform/log";

/** Repeats a job, each turn after the last has ended. Says once that it fails, and once that it works again. */
export interface Repeated {
  /** Waits for the turn under way. */
  stop(): Promise<void>;
}

export function repeat(name: string, options: { everyMs: number; log: Logger; job: () => Promise<unknown> }): Repeated {
  const { everyMs, log, job } = options;
  let stopped = false;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    try {
      await job();
      if (failing) log.info("a job of trust works again", { job: name });
      failing = false;
    } catch (error) {
      if (!failing) log.warn("a job of trust fails; it is tried again", { job: name, error });
      failing = true;
    }
    if (!stopped) timer = setTimeout(begin, everyMs);
  }
  function begin(): void {
    turn = run();
  }
  timer = setTimeout(begin, everyMs);

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await turn;
    },
  };
}
