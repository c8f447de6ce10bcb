/** How supply and demand stand: what a new node would earn, and whether the network wants more nodes or fewer. Shows and tells; decides nothing. */
import type { NodeEstimate } from "@farlabs/protocol";
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

export interface Capacity {
  /** Consumer of `inference.task_finished`: adds up demand by hour and model. */
  taskFinished: OutboxHandler;
  /** @throws model_not_found */
  estimate(query: EstimateQuery): Promise<NodeEstimate>;
  /** The signal now, from memory. */
  signal(): Held["signal"];
  areas: readonly RouteArea[];
  start(): void;
  stop(): Promise<void>;
}
