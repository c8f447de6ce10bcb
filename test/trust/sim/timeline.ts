/** Virtual time: what is due next happens next. */
export interface Timeline {
  nowMs(): number;
  after(ms: number, what: () => void): void;
  /** Goes on until nothing is due or `isOver` says so. */
  run(isOver: () => boolean): void;
}

interface Due {
  atMs: number;
  serial: number;
  what: () => void;
}
const isBefore = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.serial < b.serial);

export function createTimeline(): Timeline {
  /** A binary heap, earliest first. */
  const heap: Due[] = [];
  let now = 0;
  let serial = 0;

  function push(due: Due): void {
    let at = heap.push(due) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(due, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = due;
  }
  function pop(): Due | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return first;
  }

  return {
    nowMs: () => now,
    after(ms, what) {
      serial += 1;
      push({ atMs: now + ms, serial, what });
    },
    run(isOver) {
      for (let due = isOver() ? undefined : pop(); due !== undefined; due = isOver() ? undefined : pop()) {
        now = due.atMs;
        due.what();
      }
    },
  };
}
