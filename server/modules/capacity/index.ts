export type { Capacity, EstimateQuery, EstimateView } from "./capacity.ts";
export { capacityConfig } from "./config.ts";
export { createCapacity } from "./create.ts";
