/** One token out of scored candidates. Pure: the same candidates and the same draw give the same token. */
export interface Candidate {
  token: number;
  logit: number;
}
export interface SamplingOptions {
  temperature: number;
  topP: number;
  presencePenalty: number;
  frequencyPenalty: number;
}

/** Likeliest first; equal scores in token order, so that a tie is no chance. */
const byLogit = (a: Candidate, b: Candidate): number => b.logit - a.logit || a.token - b.token;

/**
 * The candidates after OpenAI's penalties, likeliest first.
 * @param counts - how often each token stands in the answer so far
 */
export function penalise(
  candidates: Candidate[],
  counts: ReadonlyMap<number, number>,
  options: SamplingOptions,
): Candidate[] {
  const { presencePenalty, frequencyPenalty } = options;
  const plain = counts.size === 0 || (presencePenalty === 0 && frequencyPenalty === 0);
  const scored = plain
    ? candidates
    : candidates.map(({ token, logit }) => {
        const count = counts.get(token) ?? 0;
        return { token, logit: count > 0 ? logit - presencePenalty - frequencyPenalty * count : logit };
      });
  return scored.toSorted(byLogit);
}

/**
 * Draws a token: temperature, then nucleus, as OpenAI orders them.
 * @param sorted - likeliest first, not empty
 * @param draw - in [0, 1)
 * @param allowed - what a grammar allows; asked lazily, for a rejected draw is redrawn from what is left, which is the same distribution
 *   as filtering first
 * @returns undefined when nothing is allowed
 */
export function chooseToken(
  sorted: readonly Candidate[],
  options: SamplingOptions & { draw: number },
  allowed: (token: number) => boolean = () => true,
): number | undefined {
  const { temperature, topP, draw } = options;
  if (temperature <= 0) return sorted.find((c) => allowed(c.token))?.token;
  const top = sorted[0]?.logit ?? 0;
  const weights = sorted.map((c) => Math.exp((c.logit - top) / temperature));
  const total = weights.reduce((sum, w) => sum + w, 0);
  let reach = 0;
  const nucleus = weights.findIndex((w) => {
    reach += w / total;
    return reach >= topP;
  });
  // The grammar may forbid the whole nucleus: then the likeliest allowed token outside it is the answer.
  const size = topP >= 1 || nucleus < 0 ? sorted.length : nucleus + 1;
  const left = sorted.slice(0, size).map((c, i) => ({ token: c.token, weight: weights[i] ?? 0 }));
  while (left.length > 0) {
    let at = draw * left.reduce((sum, c) => sum + c.weight, 0);
    let index = left.findIndex((c) => {
      at -= c.weight;
      return at < 0;
    });
    if (index < 0) index = left.length - 1;
    const token = left[index]?.token;
    if (token !== undefined && allowed(token)) return token;
    left.splice(index, 1);
  }
  return sorted.slice(size).find((c) => allowed(c.token))?.token;
}
