export { type InferenceConfig, inferenceConfig } from "./config.ts";
export { inferenceErrors } from "./errors.ts";
export { networkArea, networkStats } from "./http/network.ts";
export { generateArea, tasksArea } from "./http/tasks.ts";
export { v1Area } from "./http/v1.ts";
export type {
  Completion,
  CompletionChoice,
  Consumer,
  FinishedAttempt,
  FinishedTask,
  Inference,
  SubmitOptions,
  SubmitRequest,
  TaskHandle,
  TaskUpdate,
  TaskWatcher,
  UnpaidAttempt,
} from "./inference.ts";
export type { ReceiptPart } from "./receipt.ts";
export { createInference, type InferenceDeps, type InferenceModule } from "./service.ts";
