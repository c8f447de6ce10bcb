/** For simulations, which place and follow tasks without a server: the same scheduler and runner, without money and rows. */
export {
  createLiveNode,
  type LiveNode,
  NO_STAKE,
  type Nodes,
  stakeOf,
  updateRoom,
} from "#nodes";
export { inferenceConfig } from "./config.ts";

import "./errors.ts";

export { type LiveTask, newChoice } from "./live.ts";
export { walletPayment } from "./payment.ts";
export { createRunner } from "./runner.ts";
export { createScheduler } from "./scheduler.ts";
