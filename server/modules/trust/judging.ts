/** For simulations, which judge nodes without a database: the pure core, and what the module hears of tasks. */
export { trustConfig } from "./config.ts";
export type { FinishedTask } from "./doors.ts";
export { type Calibration, type CalibrationKey, calibrate, keyText, SAMPLES_MIN } from "./model/calibration.ts";
export { type CheckerRecord, isBelieved, isRight, noteSeeded, SEEDED_EVERY, spoil } from "./model/checker.ts";
export { COMPARED_MAX, isStranger, wantsControls } from "./model/control.ts";
export { isMiscounted } from "./model/counts.ts";
export {
  comparableChecks,
  decide,
  type Effect,
  type Input,
  NEW_NODE,
  type NodeTrust,
  REAUDIT_CHECKS_MAX,
  REAUDIT_MS_MAX,
  reauditors,
} from "./model/decide.ts";
export { FREEZE_WINDOW_MS, isCorrelated, verdictOf } from "./model/freeze.ts";
export { endsByItself, type FindCalibration, type Judgement, judge, viewsOfScores } from "./model/judge.ts";
export { isImpossible } from "./model/plausible.ts";
export { isSampled, rateOf } from "./model/sample.ts";
export { factorsOf, type HourMeasures, NOTHING_MEASURED, nextScore, SCORE_FIRST } from "./model/score.ts";
export { ALPHA_WATCH, factorOfHit, rejects } from "./model/sequential.ts";
export { TOKENS_MIN } from "./model/statistic.ts";
