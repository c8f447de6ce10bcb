export type { Capacity, EstimateQuery } from "./capacity.ts";
export { capacityConfig } from "./config.ts";
export { createCapacity } from "./create.ts";
