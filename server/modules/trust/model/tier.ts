/** How well a node's answers can be checked at all; shown to its owner, and the lower tiers rank behind. */

/**
 * `new`     too few checks so far; every task is checked.
 * `canary`  only canaries: no other owner runs an engine that can score answers of this model, or there is no other owner.
 * `scored`  its answers are scored on other owners' nodes.
 */
export type Tier = "new" | "canary" | "scored";

export interface TierInput {
  checks: number;
  newChecks: number;
  /** Other owners with a node that can score answers of at least one model that this node offers. */
  scoringOwners: number;
}

export function tierOf({ checks, newChecks, scoringOwners }: TierInput): Tier {
  if (scoringOwners === 0) return "canary";
  return checks < newChecks ? "new" : "scored";
}

/** What an owner can do about a tier. */
export const tierAdvice: Readonly<Record<Tier, string>> = {
  new: "Every task is checked until the node has a record; nothing is asked of you.",
  canary:
    "No other owner's node can score this node's answers now, so only canaries check it. An engine that can score, and more owners of the same model, raise the tier.",
  scored: "Answers are scored on other owners' nodes, ever more rarely as the record grows.",
};
