/** One token out of scored candidates. Pure: the same candidates and the same draws give the same token. */
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
  candidates: readonly Candidate[],
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

/** How many of the likeliest tokens hold `topP` of the probability. */
function nucleusSize(sorted: readonly Candidate[], temperature: number, topP: number): number {
  if (topP >= 1) return sorted.length;
  const top = sorted[0]?.logit ?? 0;
  const weights = sorted.map((c) => Math.exp((c.logit - top) / temperature));
  const enough = topP * weights.reduce((sum, w) => sum + w, 0);
  let reach = 0;
  const last = weights.findIndex((w) => {
    reach += w;
    return reach >= enough;
  });
  return last < 0 ? sorted.length : last + 1;
}

/**
 * Draws a token: temperature, then nucleus, as OpenAI orders them.
 *
 * The draw is a race: each token gets its own random handicap (Gumbel) and the best allowed one wins, which is the softmax distribution — and, under
 * a grammar, the distribution over what it allows, without scoring what it forbids.
 * @param sorted - likeliest first
 * @param draw - a number in (0, 1) for each token
 * @param allowed - what a grammar allows
 * @returns undefined when nothing is allowed
 */
export function chooseToken(
  sorted: readonly Candidate[],
  options: SamplingOptions & { draw: (token: number) => number },
  allowed: (token: number) => boolean = () => true,
): number | undefined {
  const { temperature, topP, draw } = options;
  const likeliest = (from: number) => sorted.slice(from).find((c) => allowed(c.token))?.token;
  if (temperature <= 0) return likeliest(0);
  const size = nucleusSize(sorted, temperature, topP);
  const race = sorted
    .slice(0, size)
    .map(({ token, logit }) => ({ token, logit: logit / temperature - Math.log(-Math.log(draw(token))) }))
    .toSorted(byLogit);
  // The grammar may forbid the whole nucleus: then the likeliest allowed token outside it is the answer.
  return race.find((c) => allowed(c.token))?.token ?? likeliest(size);
}
