import type { NodeEstimate } from "@farlabs/protocol";
import type { InferenceModule } from "#inference";
import type { Clock } from "#kernel";
import type { Models } from "#models";
import type { Nodes } from "#nodes";
import type { Logger } from "#platform/log";
import type { Sql } from "#platform/pg";
import type { Capacity, EstimateQuery } from "./capacity.ts";
import type { CapacityConfig } from "./config.ts";
import { addDemand, forgetDemand, readDemand } from "./demand.ts";
import { autoscaleArea, estimateArea } from "./http/areas.ts";
import { type Held, hold, signalOf } from "./model/autoscale.ts";
import { estimate } from "./model/estimate.ts";
import { postWebhook } from "./webhook.ts";

const LOOK_MS = 5_000;
const FORGET_MS = 3_600_000;

export interface CapacityDeps {
  sql: Sql;
  inference: Pick<InferenceModule, "running">;
  models: Pick<Models, "get" | "rate">;
  nodes: Pick<Nodes, "live" | "serving">;
  config: CapacityConfig;
  clock: Clock;
  log: Logger;
  /** Whether this process tells the webhook; the others only show the signal. */
  tells: boolean;
}

const ASSUMPTIONS = [
  "Demand stays what it was in the hours named; it may not.",
  "Work comes in proportion to speed × slots, as the scheduler prefers whoever ends soonest.",
  "The node's score is 80, so its part is 60 % of what users pay; it is 54 to 66 % for scores from 60 to 100.",
  "Electricity, hardware and time offline are not taken off.",
];

export function createCapacity(deps: CapacityDeps): Capacity {
  const { sql, inference, models, nodes, config, clock, log } = deps;
  let held: Held | null = null;
  let telling: Promise<unknown> = Promise.resolve();
  const timers: NodeJS.Timeout[] = [];

  function signal(): Held["signal"] {
    let slotsUsed = 0;
    let slotsTotal = 0;
    for (const node of nodes.live().values()) {
      if (node.link === null || node.draining || node.status !== "online") continue;
      for (const { offer, inFlight } of node.offers.values()) {
        slotsTotal += offer.slots;
        slotsUsed += Math.min(inFlight, offer.slots);
      }
    }
    return signalOf({ slotsUsed, slotsTotal, pending: inference.running().pending });
  }

  function look(): void {
    const next = hold(held, signal(), clock.monotonic(), config.AUTOSCALE_HOLD_S * 1000);
    held = next.held;
    const { AUTOSCALE_WEBHOOK_URL: url, AUTOSCALE_WEBHOOK_SECRET: secret } = config;
    if (next.tell === null || !deps.tells) return;
    const data = { utilisation: held.signal.utilisation, change: next.tell };
    log.info("autoscale signal", data);
    if (url === undefined) return;
    const payload = { type: "network.autoscale", timestamp: new Date(clock.now()).toISOString(), data };
    telling = telling.then(() => postWebhook({ url, secret, clock, log }, payload));
  }

  /** The speed of one stream: the operator's own figure, else what the same GPU does here now, else the catalogue's. */
  function speedOf(query: EstimateQuery, expected: number): Pick<NodeEstimate, "tokens_per_second" | "speed_from"> {
    if (query.tokensPerSecond !== undefined) return { tokens_per_second: query.tokensPerSecond, speed_from: "given" };
    const same = nodes
      .serving(query.model)
      .filter((n) => n.capabilities.machine.gpuModel === query.gpuModel)
      .map((n) => n.offers.get(query.model)?.tokensPerSecond ?? 0)
      .filter((speed) => speed > 0)
      .toSorted((a, b) => a - b);
    const median = same[Math.floor(same.length / 2)];
    if (median === undefined) return { tokens_per_second: expected, speed_from: "catalogue" };
    return { tokens_per_second: Math.round(median * 10) / 10, speed_from: "same_gpu_now" };
  }

  async function view(query: EstimateQuery): Promise<NodeEstimate> {
    const model = models.get(query.model);
    const demand = await readDemand(sql, model.id);
    const serving = nodes.serving(model.id);
    const speed = speedOf(query, model.tokensPerSecond);
    const othersSpeed = serving.reduce((sum, n) => {
      const offer = n.offers.get(model.id);
      return sum + (offer === undefined ? 0 : (offer.tokensPerSecond || model.tokensPerSecond) * offer.offer.slots);
    }, 0);
    const fits = query.vramGb >= model.vramGbMin;
    const asked = { demand, speed: fits ? speed.tokens_per_second : 0, slots: query.slots, othersSpeed };
    const e = estimate(asked);
    return {
      ...{ model: model.id, gpu_model: query.gpuModel, fits },
      reason: fits ? null : `${model.id} takes ${model.vramGbMin} GB of video memory; this GPU has ${query.vramGb}.`,
      ...speed,
      demand: {
        ...{ hours: demand.hours, tasks: demand.tasks, charge: demand.chargeWei.toString() },
        ...{ input_tokens: demand.inputTokens, output_tokens: demand.outputTokens },
      },
      nodes_now: serving.length,
      share: Number(e.shareMillionths) / 1e6,
      utilisation: Math.round(e.utilisation * 1e4) / 1e4,
      earnings: {
        per_hour: e.perHourWei.toString(),
        per_day: (e.perHourWei * 24n).toString(),
        per_30_days: (e.perHourWei * 720n).toString(),
      },
      earnings_usd_micro: usdOf(e.perHourWei * 24n),
      estimate: true,
      assumptions: ASSUMPTIONS,
    };
  }

  function usdOf(wei: bigint): { per_day: string } | null {
    try {
      // wei × (USD × 10⁸ per FAR) / 10¹⁸ / 10⁸ × 10⁶ micro-dollars
      return { per_day: ((wei * models.rate().rate8) / 10n ** 20n).toString() };
    } catch {
      // No fresh price: FAR alone is shown.
      return null;
    }
  }

  const self: Omit<Capacity, "areas"> = {
    taskFinished: addDemand,
    estimate: view,
    signal,
    start() {
      const forget = (): void => {
        forgetDemand(sql).catch((error: unknown) => log.warn("old demand not removed", { error }));
      };
      timers.push(setInterval(look, LOOK_MS), setInterval(forget, FORGET_MS));
      look();
    },
    async stop() {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await telling;
    },
  };
  return { ...self, areas: [estimateArea(self), autoscaleArea({ signal, held: () => held, clock })] };
}
