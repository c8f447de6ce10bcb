export { type RealtimeConfig, realtimeConfig } from "./config.ts";
export { createRealtime } from "./createRealtime.ts";
export { realtimeErrors } from "./errors.ts";
export type {
  NodeState,
  Realtime,
  RealtimeChannels,
  RealtimeDeps,
  RealtimeLimits,
  RealtimeLog,
  RealtimeNetwork,
  RealtimeNodes,
  RealtimeRevenue,
  RealtimeTasks,
  RevenuePart,
  TaskState,
} from "./realtime.ts";
