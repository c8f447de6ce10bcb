/**
 * The control group. A test against a calibration cannot tell a node that changed from a reference that did: after an upgrade of the engine
 * every node mismatches, and whoever is checked oftenest reaches the bound first. So nobody is suspended for being strange to the calibration alone: a
 * node must be stranger than other owners' nodes of its manifest were in the same time. While one is watched, the others are checked
 * more, so that there are such checks.
 */

/** A check of a node of the manifest. */
export interface ControlCheck {
  owner: string;
  factor: number;
}

/** The newest checks of a node that are compared, and twice as many of others. */
export const COMPARED_MAX = 256;
/** So many checks of others are wanted, or as many as the node had; fewer than the second decide nothing. */
export const CONTROL_CHECKS = 48;
const CONTROL_CHECKS_MIN = 24;
const OWN_CHECKS_MIN = 6;
/** Beyond what luck gives: whoever is looked at is the strangest of all already. */
const DEVIATES_MIN = 4;

/** Whether others are still to be checked more. @param own - checks of the watched node that are compared */
export const wantsControls = (own: number, others: number): boolean => others < Math.max(CONTROL_CHECKS, own);

/**
 * Whether a node's factors of evidence are higher than those of other owners' nodes by more than chance: the rank-sum test, whose answer
 * depends on the order of the factors alone, corrected for ties.
 * @param otherOwners - owners that could be checked; with two or more, one alone is no control group
 */
export function isStranger(own: readonly number[], others: readonly ControlCheck[], otherOwners: number): boolean {
  if (own.length < OWN_CHECKS_MIN || others.length < CONTROL_CHECKS_MIN) return false;
  if (new Set(others.map(({ owner }) => owner)).size < Math.min(2, otherOwners)) return false;
  return (
    deviatesOf(
      own,
      others.map(({ factor }) => factor),
    ) >= DEVIATES_MIN
  );
}

/** How many standard deviations the ranks of `own` lie above what chance would give. */
function deviatesOf(own: readonly number[], others: readonly number[]): number {
  const all = [
    ...own.map((value) => ({ value, isOwn: true })),
    ...others.map((value) => ({ value, isOwn: false })),
  ].sort((a, b) => a.value - b.value);
  const [n, m, total] = [own.length, others.length, all.length];
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < total; ) {
    let to = from;
    while (to < total && all[to]?.value === all[from]?.value) to += 1;
    const size = to - from;
    ties += size ** 3 - size;
    rankSum += ((from + 1 + to) / 2) * all.slice(from, to).filter(({ isOwn }) => isOwn).length;
    from = to;
  }
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  return variance <= 0 ? 0 : (rankSum - (n * (total + 1)) / 2) / Math.sqrt(variance);
}
