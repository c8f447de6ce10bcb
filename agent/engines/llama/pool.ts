import type { Token } from "node-llama-cpp";
import { EngineError } from "../engine.ts";
import type { Slot } from "./slot.ts";

export interface SlotPool {
  /**
   * Waits for a free slot and runs `use` on the one that already holds most of the prompt, else on the one unused for longest.
   * @throws EngineError `aborted` if the signal fires while waiting.
   */
  with<T>(prompt: readonly Token[], signal: AbortSignal, use: (slot: Slot) => Promise<T>): Promise<T>;
}

/** The link bounds how many run; the pool only bridges the moment between a cancel and the slot's last token. */
export function createSlotPool(slots: readonly Slot[]): SlotPool {
  /** Unused for longest first. */
  const free = [...slots];
  const waiters: (() => void)[] = [];

  function take(prompt: readonly Token[]): Slot | undefined {
    const best = free.reduce<Slot | undefined>(
      (a, b) => (a === undefined || b.reusable(prompt) > a.reusable(prompt) ? b : a),
      undefined,
    );
    if (best) free.splice(free.indexOf(best), 1);
    return best;
  }
  async function freed(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = () => {
        waiters.splice(waiters.indexOf(wake), 1);
        reject(new EngineError("aborted", "the task was cancelled"));
      };
      if (signal.aborted) return reject(new EngineError("aborted", "the task was cancelled"));
      signal.addEventListener("abort", abort, { once: true });
      waiters.push(wake);
    });
  }

  return {
    async with(prompt, signal, use) {
      let slot = take(prompt);
      while (!slot) {
        await freed(signal);
        slot = take(prompt);
      }
      try {
        return await use(slot);
      } finally {
        free.push(slot);
        waiters.shift()?.();
      }
    },
  };
}
