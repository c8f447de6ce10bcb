/** Calculators: pure, exact, without dependencies, in browsers too. */
export { AMOUNT_WEI_MAX, DEFAULT_AMOUNT_WEI } from "./bounds.ts";
export { isProjectionError, ProjectionError, type ProjectionErrorCode } from "./errors.ts";
export {
  MONTHS_MAX,
  type Projection,
  type ProjectionInput,
  type ProjectionPoint,
  projectRevenue,
} from "./projectRevenue.ts";
export {
  LOCK_WEIGHT_BPS,
  projectStaking,
  type RealisedRevenue,
  type StakingInput,
  type StakingProjection,
} from "./projectStaking.ts";
export {
  DEFAULT_STREAMS,
  REVENUE_STREAMS,
  type RevenueStreamName,
  STREAM_ASSUMPTIONS,
  type StreamAssumption,
} from "./streams.ts";
export { toMicroUsd } from "./toMicroUsd.ts";
