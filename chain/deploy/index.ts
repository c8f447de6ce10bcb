export type { Artifacts } from "./artifacts.ts";
export { readArtifacts } from "./artifacts.ts";
export type { Deployment, DeployOptions, DeployRecord, RecordStore } from "./deploy.ts";
export { deploy } from "./deploy.ts";
export type { NetworkParams, NetworkPolicy, NetworkRoles } from "./params.ts";
export { defaultPolicy, localPolicy } from "./params.ts";
