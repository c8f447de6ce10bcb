export { nodeErrors } from "./errors.ts";
export { nodesArea } from "./http/nodes.ts";
export type { HelloFrame, LiveNode, LiveOffer, NodeEvent, NodeLink, Nodes } from "./nodes.ts";
export { createNodes, type NodesDeps } from "./service.ts";
