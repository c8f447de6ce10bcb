export { type TrustConfig, trustConfig } from "./config.ts";
export { createTrust, type TrustDeps, type TrustModule } from "./createTrust.ts";
export type {
  FinishedAttempt,
  FinishedTask,
  ModelFacts,
  RegistryEvent,
  SeenNode,
  Slasher,
  TrustInference,
  TrustNodes,
} from "./doors.ts";
export { trustErrors } from "./errors.ts";
export type { CalibrationKey } from "./model/calibration.ts";
export { type ShippedCalibration, shippedCalibrations } from "./operations/shippedCalibrations.ts";
export { slasherOf } from "./slasher.ts";
export type { Trust } from "./trust.ts";
