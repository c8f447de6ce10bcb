export { type GatewayConfig, gatewayConfig } from "./config.ts";
export { createGateway, type Gateway, type GatewayDeps } from "./createGateway.ts";
export type { Limits } from "./limits.ts";
