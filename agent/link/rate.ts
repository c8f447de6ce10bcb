/** Tokens a second since the last time it was asked. */
export interface Rate {
  add(count: number): void;
  perSecond(): number;
}

/** @param nowMs - milliseconds */
export function createRate(nowMs: () => number = () => performance.now()): Rate {
  let count = 0;
  let since = nowMs();
  return {
    add: (n) => {
      count += n;
    },
    perSecond() {
      const at = nowMs();
      const seconds = (at - since) / 1000;
      const perSecond = seconds > 0 ? count / seconds : 0;
      count = 0;
      since = at;
      return Math.round(perSecond * 10) / 10;
    },
  };
}
