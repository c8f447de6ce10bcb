/**
 * The sequential test. Each check gives a factor of evidence `e ≥ 0` whose mean is at most 1 while the node is honest; multiplied, such
 * factors are a fair bet against the node, and a fair bet that reaches 1/α does so with probability at most α, however often and whenever
 * one looks (Ville's inequality). So the wealth of the bet is read after every check, and no number of checks is fixed beforehand.
 *
 * A node may turn dishonest late, when a bet placed at the beginning is long lost. So the stake is spread over all beginnings: of a stake
 * of 1 the part 1/(j·(j+1)) is laid on "dishonest from check j on"; the parts sum to 1, so the sum of all those bets is fair as well.
 *
 * One check multiplies by at most {@link EVIDENCE_MAX}: no single answer, however strange, accuses anybody, and rare wild values among
 * honest ones cannot add up, since a bounded factor is paid for by all the ordinary checks around it.
 */

/** The largest factor of one check. */
export const EVIDENCE_MAX = 10;
/** Lower the score. */
export const ALPHA_WATCH = 1e-3;
/** Propose a slash. */
export const ALPHA_SLASH = 1e-6;

/** Beyond this the bet gains nothing more; lowering a wealth keeps it a fair bet. */
const WEALTH_MAX = 1e12;

/** The state of one test. */
export interface Evidence {
  /** Checks seen. */
  checks: number;
  /** Wealth of the bets laid so far; what is not laid yet is 1/(checks+1). */
  wealth: number;
}

export const NO_EVIDENCE: Evidence = { checks: 0, wealth: 0 };

/** The test after one more check. @throws RangeError for a factor outside 0 … {@link EVIDENCE_MAX}, which is a bug */
export function observe(before: Evidence, factor: number): Evidence {
  if (!(factor >= 0 && factor <= EVIDENCE_MAX)) throw new RangeError(`a factor of evidence of ${factor}`);
  const checks = before.checks + 1;
  const laid = before.wealth + 1 / (checks * (checks + 1));
  return { checks, wealth: Math.min(WEALTH_MAX, laid * factor) };
}

/** How strongly the checks so far speak against the node: 1 says nothing, 1/α is crossed by an honest node with probability at most α. */
export const weight = ({ checks, wealth }: Evidence): number => wealth + 1 / (checks + 1);

/** Whether the test decides against the node at `alpha`. */
export const rejects = (evidence: Evidence, alpha: number): boolean => weight(evidence) >= 1 / alpha;

/**
 * The factor of a check whose statistic is calibrated: `p` is the share of honest checks that look at least as strange. With
 * min(10, ½·p^−½) the mean over honest checks is 0.975, and a check in the middle (p = ½) takes back 29 %.
 * @throws RangeError for a p outside (0, 1]
 */
export function factorOfP(p: number): number {
  if (!(p > 0 && p <= 1)) throw new RangeError(`a share of honest checks of ${p}`);
  return Math.min(EVIDENCE_MAX, 0.5 / Math.sqrt(p));
}

/** The factor of several views of one check: their mean, which stays fair however the views depend on each other. 1 for none. */
export const meanFactor = (factors: readonly number[]): number =>
  factors.length === 0 ? 1 : factors.reduce((sum, f) => sum + f, 0) / factors.length;

/**
 * The factor of a check that can only hit or miss, where an honest node is hit at most at the rate `honestRateMax` (below 0.1).
 * The mean at exactly that rate is 1.
 */
export function factorOfHit(hit: boolean, honestRateMax: number): number {
  return hit ? EVIDENCE_MAX : (1 - EVIDENCE_MAX * honestRateMax) / (1 - honestRateMax);
}
