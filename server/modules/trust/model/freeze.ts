/**
 * Many owners who mismatch at once within one manifest: then the reference is the suspect (an engine was upgraded, a calibration is wrong),
 * not they. Owners are counted, not nodes, so that one owner with many machines cannot bring a freeze about. A freeze ends within 7 days:
 * by a re-run over the owners' kept answers or fresh canaries, or, where that could not be done in time, in favour of the nodes.
 */

export const FREEZE_MS_MAX = 7 * 86_400_000;
/** Owners audited in this time count. */
export const FREEZE_WINDOW_MS = 24 * 3_600_000;
const OWNERS_MIN = 2;
const SHARE = 0.5;

/** One owner's nodes of a manifest within the window. */
export interface OwnerChecks {
  owner: string;
  checks: number;
  /** Checks at least as strange as one honest check in a hundred. */
  strange: number;
  /** The tests of its answers watch one of its nodes: a small shift makes no single check strange, and all of them together. */
  watched?: boolean;
}

/** A strange check is 1 % of honest ones; this share of them is no chance any more. */
const STRANGE_SHARE = 0.25;
const STRANGE_MIN = 3;

const mismatches = ({ checks, strange, watched }: OwnerChecks): boolean =>
  watched === true || (strange >= STRANGE_MIN && strange >= STRANGE_SHARE * checks);

/** Whether so many owners mismatch that the reference is the suspect: at least two, and at least half of those who were checked. */
export function isCorrelated(owners: readonly OwnerChecks[]): boolean {
  const audited = owners.filter((o) => o.checks >= STRANGE_MIN);
  const bad = audited.filter(mismatches).length;
  return bad >= OWNERS_MIN && bad >= SHARE * audited.length;
}

export interface Freeze {
  sinceMs: number;
  /** What the owners' checks found against honest runs that were measured anew; empty until they were. */
  rerun: readonly OwnerChecks[];
}

/**
 * What a freeze has come to: goes on, or ends with the reference found wrong (its evidence is void) or right (nodes are judged again). Owners who
 * look ordinary beside honest runs that were measured anew show that the old ones were out of date; owners who mismatch with those as well
 * are themselves the matter. A re-run that covers fewer than half of the owners decides nothing before the time is up.
 */
export function verdictOf(freeze: Freeze, owners: number, atMs: number): "goes_on" | "reference" | "nodes" {
  const covered = freeze.rerun.filter((o) => o.checks >= STRANGE_MIN).length;
  if (covered > 0 && covered >= SHARE * owners) return isCorrelated(freeze.rerun) ? "nodes" : "reference";
  return atMs - freeze.sinceMs >= FREEZE_MS_MAX ? "reference" : "goes_on";
}
