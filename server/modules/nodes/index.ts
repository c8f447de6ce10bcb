export { nodeErrors } from "./errors.ts";
export {
  addInFlight,
  addUnsettled,
  type Exposure,
  type NodeExposure,
  type Room,
  riskGwei,
  updateRoom,
} from "./exposure.ts";
export { nodesArea } from "./http/nodes.ts";
export { createLiveNode, type NewLiveNode } from "./liveNode.ts";
export { EARN_IN_WEI, NO_STAKE, type NodeStake, STAKE_WEI_MIN, type StakeState, stakeOf } from "./model/stake.ts";
export type { HelloFrame, LiveNode, LiveOffer, NodeEvent, NodeLink, Nodes } from "./nodes.ts";
export type { RegistryEvent } from "./registryEvent.ts";
export { createNodes, type NodesDeps } from "./service.ts";
export { NODE_CHANGED } from "./stakes.ts";
