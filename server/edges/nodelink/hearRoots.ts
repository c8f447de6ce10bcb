import type { RootFrame } from "@farlabs/protocol";
import type { LiveNode, Nodes } from "#nodes";
import type { Logger } from "#platform/log";
import type { BoundNode, NodeStatements } from "./nodelink.ts";

interface HearRootsDeps {
  nodes: Pick<Nodes, "violation">;
  statements: NodeStatements;
  log: Logger;
  /** Tells the agent that its root is kept. */
  kept: (root: string) => void;
}

/** The roots of one socket: checked against the session key that its hello bound, which is checked once. */
export function createHearRoots(deps: HearRootsDeps, node: LiveNode, bound: BoundNode | null) {
  const { nodes, statements, log, kept } = deps;
  const isBound: Promise<boolean> = bound === null ? Promise.resolve(false) : statements.nodeSession(bound);
  isBound.then(
    (yes) => yes || bound === null || nodes.violation(node, "session key that the node key did not bind"),
    () => undefined,
  );
  return async function hearRoot(frame: RootFrame): Promise<void> {
    try {
      if (bound === null || !(await isBound)) return nodes.violation(node, "root without a bound session key");
      if (await statements.nodeRoot(bound, frame)) kept(frame.root);
      else nodes.violation(node, "root that its session key did not sign");
    } catch (error) {
      // Not kept, so not acknowledged: the agent says it again.
      log.warn("a node's root was not kept", { error, nodeId: node.nodeId });
    }
  };
}
