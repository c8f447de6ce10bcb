/** The staking contract's mirror, its pages, and the job that fetches revenue. */
export { type StakingConfig, stakingConfig } from "./config.ts";
export { createStaking, type StakingDeps } from "./createStaking.ts";
export { stakingErrors } from "./errors.ts";
export { stakingTopics } from "./events.ts";
export type { Staking } from "./staking.ts";
