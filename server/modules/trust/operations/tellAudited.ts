import type { SeenNode } from "../doors.ts";
import type { Calibrations } from "./calibrations.ts";
import type { Context } from "./context.ts";
import { manifestOf } from "./offers.ts";
import type { Roster } from "./roster.ts";

/**
 * Tells which of this process's nodes count as audited, which is what requests to trusted nodes only ask for: nothing held against it, and enough
 * decided checks. A new node is let off only where the network cannot check any of its models at all.
 */
export function tellAudited(
  { nodes, config }: Pick<Context, "nodes" | "config">,
  { roster, calibrations }: { roster: Roster; calibrations: Pick<Calibrations, "isKnown"> },
): void {
  const live = [...nodes.live().values()];
  const checkable = checkableModels(live, calibrations.isKnown);
  for (const node of live) {
    const known = roster.get(node.nodeId);
    const isRecorded = known !== undefined && known.checks >= config.TRUST_NEW_CHECKS;
    const isExcused = ![...node.offers.keys()].some((model) => checkable.has(model));
    const isAudited = known?.standing === "good" && (isRecorded || isExcused);
    if (node.isAudited !== isAudited) nodes.setAudited(node.nodeId, isAudited);
  }
}

/**
 * Models that at least two owners serve and of which is known what honest looks like. By the model's id: a node that names a manifest of its
 * own is then never compared with anybody, and never audited.
 */
function checkableModels(live: readonly SeenNode[], isKnown: (manifest: string) => boolean): ReadonlySet<string> {
  const owners = new Map<string, string>();
  const shared = new Set<string>();
  const calibrated = new Set<string>();
  for (const node of live)
    for (const model of node.offers.keys()) {
      const first = owners.get(model);
      if (first === undefined) owners.set(model, node.ownerWallet);
      else if (first !== node.ownerWallet) shared.add(model);
      if (isKnown(manifestOf(node, model))) calibrated.add(model);
    }
  return new Set([...shared].filter((model) => calibrated.has(model)));
}
