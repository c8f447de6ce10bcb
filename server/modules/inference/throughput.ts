import type { Clock } from "#kernel";

const WINDOW_S = 60;

/** Counts ends of tasks over the last minute, in one slot per second. */
export function createThroughput(clock: Clock) {
  const slots = new Array<number>(WINDOW_S).fill(0);
  let last = Math.floor(clock.monotonic() / 1000);

  function advance(): number {
    const now = Math.floor(clock.monotonic() / 1000);
    for (let s = Math.max(last + 1, now - WINDOW_S + 1); s <= now; s++) slots[s % WINDOW_S] = 0;
    last = now;
    return now;
  }

  return {
    tick(): void {
      const at = advance() % WINDOW_S;
      slots[at] = (slots[at] ?? 0) + 1;
    },
    perSecond(): number {
      advance();
      return slots.reduce((a, b) => a + b, 0) / WINDOW_S;
    },
  };
}
