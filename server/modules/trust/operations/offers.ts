import type { SeenNode } from "../doors.ts";
import { hardwareClass } from "../model/plausible.ts";
import type { Context } from "./context.ts";

/** What a node's answers may be compared within: the weights that run, or the model's id where the engine cannot say. */
export function manifestOf(node: SeenNode, model: string): string {
  return node.offers.get(model)?.offer.manifestHash ?? model;
}

export const hardwareOf = (node: SeenNode): string => hardwareClass(node.capabilities.machine.gpuModel);

/** Can be given a check now. */
export const isReachable = (node: SeenNode): boolean =>
  node.link !== null && node.status === "online" && !node.draining;

/** Connected nodes that can score answers of the same manifest, of other owners. */
export function scorersOf(
  { nodes }: Pick<Context, "nodes">,
  { model, manifest, owner }: { model: string; manifest: string; owner: string },
): SeenNode[] {
  return [...nodes.live().values()].filter(
    (node) =>
      node.ownerWallet !== owner &&
      isReachable(node) &&
      node.offers.get(model)?.offer.kinds.includes("score") === true &&
      manifestOf(node, model) === manifest,
  );
}

/** Owners other than this one who could score answers of at least one of the node's models now. */
export function scoringOwners(context: Pick<Context, "nodes">, node: SeenNode): number {
  const owners = [...node.offers.keys()].flatMap((model) =>
    scorersOf(context, { model, manifest: manifestOf(node, model), owner: node.ownerWallet }).map((n) => n.ownerWallet),
  );
  return new Set(owners).size;
}

/** A node and a model on it, as checks name them. */
export interface About {
  nodeId: string;
  owner: string;
  model: string;
  manifest: string;
  hardware: string;
}
export const about = (node: SeenNode, model: string): About => ({
  nodeId: node.nodeId,
  owner: node.ownerWallet,
  model,
  manifest: manifestOf(node, model),
  hardware: hardwareOf(node),
});
