import type { Logger } from "#platform/log";

const STOP_MS = 30_000;

/** What a process started, to be stopped in reverse order. */
export interface Runner {
  /** Registers a cleanup, next to where its resource was made. */
  onStop(name: string, stop: () => Promise<unknown> | unknown): void;
  /** Stops everything, newest first, each within 30 s. Idempotent. */
  stop(): Promise<void>;
}

/** One per process. Stops on SIGTERM and SIGINT; a second signal exits at once. */
export function createRunner(log: Logger): Runner {
  const stops: { name: string; stop: () => Promise<unknown> | unknown }[] = [];
  let stopping: Promise<void> | null = null;

  async function unwind(): Promise<void> {
    for (const { name, stop } of stops.reverse()) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(() => resolve("late"), STOP_MS);
      });
      try {
        if ((await Promise.race([stop(), late])) === "late") log.warn("a part did not stop in time", { part: name });
      } catch (err) {
        log.warn("a part did not stop cleanly", { part: name, err });
      } finally {
        clearTimeout(timer);
      }
    }
  }

  const runner: Runner = {
    onStop: (name, stop) => void stops.push({ name, stop }),
    stop() {
      stopping ??= unwind();
      return stopping;
    },
  };
  // One forgotten promise is a bug to mend, but no reason to drop every task that runs. A thrown exception is: state may be half done.
  process.on("unhandledRejection", (err) => log.error("a promise was rejected and nobody heard", { err }));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping !== null) process.exit(130);
      log.info("stopping", { signal });
      void runner.stop().then(() => process.exit(0));
    });
  }
  return runner;
}
