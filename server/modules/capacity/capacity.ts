/** How supply and demand stand: what a new node would earn, and whether the network wants more nodes or fewer. Shows and tells; decides nothing. */
import type { RouteArea } from "#platform/http";
import type { OutboxHandler } from "#platform/outbox";
import type { Held } from "./model/autoscale.ts";

export interface EstimateQuery {
  gpuModel: string;
  vramGb: number;
  model: string;
  slots: number;
  /** Output tokens a second of one stream, where the operator has measured it. */
  tokensPerSecond?: number;
}

/** What `nodes/estimate` answers. Wei as decimal strings. */
export interface EstimateView {
  model: string;
  gpu_model: string;
  fits: boolean;
  /** Why it does not fit, in words. */
  reason: string | null;
  /** Output tokens a second of one stream, and where the figure comes from. */
  tokens_per_second: number;
  speed_from: "given" | "same_gpu_now" | "catalogue";
  demand: { hours: number; tasks: number; input_tokens: number; output_tokens: number; charge: string };
  nodes_now: number;
  share: number;
  utilisation: number;
  earnings: { per_hour: string; per_day: string; per_30_days: string };
  earnings_usd_micro: { per_day: string } | null;
  estimate: true;
  assumptions: string[];
}

export interface Capacity {
  /** Consumer of `inference.task_finished`: adds up demand by hour and model. */
  taskFinished: OutboxHandler;
  /** @throws model_not_found */
  estimate(query: EstimateQuery): Promise<EstimateView>;
  /** The signal now, from memory. */
  signal(): Held["signal"];
  areas: readonly RouteArea[];
  start(): void;
  stop(): Promise<void>;
}
