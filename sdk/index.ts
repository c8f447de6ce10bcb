export type {
  ApiKeyInfo,
  Balance,
  ChatMessage,
  NetworkStats,
  NodeEarningRow,
  NodeEarnings,
  NodeEstimate,
  NodeInfo,
  Page,
  RealisedRate,
  RevenueEpoch,
  Session,
  Solvency,
  StakingMetrics,
  StakingRecord,
  StakingRewards,
  Task,
  TaskAttempt,
  Usage,
  Withdrawal,
} from "@farlabs/protocol";
export type { ClientOptions, FarClient } from "./createClient.ts";
export { createClient } from "./createClient.ts";
export type { ClientErrorCode, FarApiErrorFields } from "./errors.ts";
export { FarApiError, isFarApiError } from "./errors.ts";
export {
  isProjectionError,
  LOCK_WEIGHT_BPS,
  type Projection,
  ProjectionError,
  type ProjectionErrorCode,
  type ProjectionInput,
  type ProjectionPoint,
  projectRevenue,
  projectStaking,
  REVENUE_STREAMS,
  type RealisedRevenue,
  type RevenueStreamName,
  STREAM_ASSUMPTIONS,
  type StakingInput,
  type StakingProjection,
  type StreamAssumption,
  toMicroUsd,
} from "./projection/index.ts";
export type { SiweNonce, WalletSignIn } from "./resources/auth.ts";
export type { GenerateParams } from "./resources/inferenceNative.ts";
export type { CreatedKey, KeyCreateParams } from "./resources/keys.ts";
export type { JoinToken, NodeEstimateParams, NodeRegisterParams, NodeStats } from "./resources/nodes.ts";
export type {
  NetworkRevenue,
  OwnRevenue,
  Revenue,
  RevenueAmount,
  RevenueDay,
  RevenueEntry,
  RevenueParams,
  RevenueRange,
  RevenueRole,
} from "./resources/revenue.ts";
export { realisedOf, type Staking } from "./resources/staking.ts";
export type { PageParams, SubmittedTask, TaskEvent, TaskSubmitParams } from "./resources/tasks.ts";
export type { Withdrawals } from "./resources/withdrawals.ts";
export type { AnswerStream } from "./stream.ts";
export { isLoopback } from "./transport/baseUrl.ts";
export type { RetryPolicy } from "./transport/retry.ts";
export type { CallOptions, CallRequest } from "./transport/transport.ts";
export type {
  AnswerMeta,
  ChatCompletion,
  ChatCompletionChunk,
  ChatParams,
  ChatStreamParams,
  Completion,
  CompletionParams,
  CompletionStreamParams,
  EmbeddingList,
  EmbeddingParams,
  InferenceOptions,
  Model,
  WithMeta,
} from "./types.ts";
