export type { Artifacts } from "./artifacts.ts";
export { readArtifacts } from "./artifacts.ts";
export type { Deployment, DeployOptions } from "./deploy.ts";
export { deploy } from "./deploy.ts";
export type { EscrowParams } from "./params.ts";
export { defaultPolicy, localPolicy } from "./params.ts";
