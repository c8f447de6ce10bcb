/**
 * Score and honesty of nodes. `model/` judges, as pure functions; here it is measured, checked and carried out: hourly scores with their
 * inputs, canaries, answers scored on other owners' nodes, cases from suspension to their end. Checks detect, they do not prove.
 */
import type { RouteArea } from "#platform/http";
import type { Metrics } from "#platform/metrics";
import type { Tx } from "#platform/pg";
import type { RegistryEvent } from "./doors.ts";
import type { CalibrationKey } from "./model/calibration.ts";

export interface Trust {
  /** Mirrors one event of the node registry, in the listener's transaction; others than slashes' are ignored. */
  applyRegistry(tx: Tx, event: RegistryEvent): Promise<void>;
  /** Consumer of `inference.task_finished`: what nodes earned from users. */
  taskFinished(tx: Tx, events: readonly { payload: Record<string, unknown> }[]): Promise<void>;
  /** Consumer of `settlement.node_statement_differs`: each task of which a node signed another output than it sent is a breach of conduct. */
  statementsDiffer(tx: Tx, events: readonly { payload: Record<string, unknown> }[]): Promise<void>;
  /**
   * Output tokens that may be believed of a claim: the claim itself within the bytes per token that canaries measured for the model on nodes of
   * owners other than `owner` (lower-case wallet), the band's edge otherwise; null without a band.
   */
  believable(of: { model: string; owner: string; claim: number; bytes: number }): number | null;
  /** Replaces what honest looks like for one key. @throws calibration_invalid */
  calibrate(key: CalibrationKey, honest: { statistics: readonly number[]; margin: number }): Promise<void>;
  /** Routes under `/api/v1/nodes`, `/api/v1/network` and `/api/v1/admin`. */
  areas: readonly RouteArea[];
  registerMetrics(metrics: Metrics): void;
  /** Looks at finished tasks from now on and begins the jobs. */
  start(): Promise<void>;
  /** Ends the jobs; a check at a checker is left, and taken up again at the next start. */
  stop(): Promise<void>;
}
