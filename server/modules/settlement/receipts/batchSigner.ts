import type { Logger } from "#platform/log";
import { type SignContext, signBatch } from "./signBatch.ts";

/** Commits of this long share a signature; half a millisecond of work, however many tasks. */
const GATHER_MS = 250;

export interface BatchSigner {
  /** Something was committed. */
  wake(): void;
  /** Signs everything that is unsigned now, whoever committed it. */
  signAll(): Promise<void>;
  /** Ends after the batch under way; what is left is signed by another process, the next start, or the first who reads it. */
  stop(): Promise<void>;
}

/** The signer of one process: {@link GATHER_MS} after a commit it signs, and does nothing while nothing is committed. */
export function createBatchSigner(context: SignContext & { log: Logger }): BatchSigner {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let failing = false;

  async function signAll(): Promise<void> {
    while (!stopped && (await signBatch(context)) > 0);
  }
  async function gathered(): Promise<void> {
    timer = undefined;
    try {
      await signAll();
      failing = false;
    } catch (error) {
      if (!failing) context.log.warn("receipts are not signed yet; it is tried again", { error });
      failing = true;
    }
  }
  return {
    wake() {
      if (timer !== undefined || stopped) return;
      timer = setTimeout(() => {
        running = running.then(gathered);
      }, GATHER_MS);
      timer.unref();
    },
    signAll,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
