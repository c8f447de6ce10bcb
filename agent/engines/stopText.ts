/** Stop sequences over growing text: where one begins, and how much of the end might still become one. */

/**
 * @param from - only matches that end after this index count: earlier text was searched before
 * @returns index of the earliest stop sequence, or -1
 */
export function findStop(text: string, stops: readonly string[], from = 0): number {
  let first = -1;
  for (const stop of stops) {
    const at = text.indexOf(stop, Math.max(0, from - stop.length + 1));
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}

/** Length of the longest end of `text` that is a proper beginning of a stop sequence: it is held back. */
export function heldLength(text: string, stops: readonly string[]): number {
  let held = 0;
  for (const stop of stops)
    for (let n = Math.min(stop.length - 1, text.length); n > held; n -= 1)
      if (text.endsWith(stop.slice(0, n))) {
        held = n;
        break;
      }
  return held;
}
