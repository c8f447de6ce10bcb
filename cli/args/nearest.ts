/** Edits (insert, remove, replace) from `a` to `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, y] of [...b].entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (x === y ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The word that was probably meant: at most two edits away, and no more than a third of it. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const ranked = words.map((w) => ({ w, d: distance(word, w) })).sort((a, b) => a.d - b.d);
  const [best] = ranked;
  return best !== undefined && best.d <= Math.min(2, Math.ceil(best.w.length / 3)) ? best.w : undefined;
}
