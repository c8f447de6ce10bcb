/** After this long without an answer a person wonders whether anything happens. */
const SLOW_MS = 5_000;

/** Fetch that says once, on `note`, that an answer is long in coming: a server that hangs is not told apart from a slow one. */
export function noticingFetch(note: (line: string) => void, afterMs = SLOW_MS): typeof fetch {
  let isTold = false;
  return async (input, init) => {
    const timer = setTimeout(() => {
      if (isTold) return;
      isTold = true;
      const { origin } = new URL(input instanceof Request ? input.url : input);
      note(`${origin} has not answered for ${Math.ceil(afterMs / 1_000)} s; still waiting. Ctrl-C stops.`);
    }, afterMs);
    try {
      return await fetch(input, init);
    } finally {
      clearTimeout(timer);
    }
  };
}
