import type { Capabilities } from "@farlabs/protocol";
import { createExposures, type NodeExposure, roomOf, updateRoom } from "./exposure.ts";
import { NO_STAKE, type NodeStake, stakeOf } from "./model/stake.ts";
import type { LiveNode } from "./nodes.ts";

export interface NewLiveNode {
  nodeId: string;
  ownerAccount: string;
  ownerWallet: string;
  joinTokenId: string;
  capabilities: Capabilities;
  score: number;
  connectedAtMs: number;
  /** That of a newcomer when absent. */
  stake?: NodeStake;
  /** Shared with the node's earlier connections, since what is unsettled outlives them. Its owner's only one when absent. */
  exposure?: NodeExposure;
}

/** What the owner wants and the agent says, together: either can stop new work. */
export function applySwitches(node: LiveNode): void {
  node.draining = node.wanted === "drain" || node.said === "drain";
  node.status = node.wanted === "maintenance" || node.said === "maintenance" ? "maintenance" : "online";
}

/** A node as it joins: without offers, working, and without a link. */
export function createLiveNode(input: NewLiveNode): LiveNode {
  const { stake = stakeOf(NO_STAKE, null, { nowMs: 0 }), exposure = createExposures().of(input), ...rest } = input;
  const node: LiveNode = {
    ...rest,
    stake,
    isAudited: false,
    exposure,
    room: roomOf(exposure),
    limitWei: () => (node.stake.state === "suspended" ? 0n : node.stake.riskWeiMax),
    offers: new Map(),
    wanted: "online",
    said: "online",
    status: "online",
    draining: false,
    telemetry: {},
    lastSeenMs: input.connectedAtMs,
    violations: 0,
    link: null,
  };
  updateRoom(node);
  return node;
}
