import type { NodeInfo } from "@farlabs/protocol";
import { formatEther } from "viem";
import { type NodeExposure, sharedWei } from "./exposure.ts";
import { EARN_IN_WEI, explain, type NodeStake } from "./model/stake.ts";
import type { LiveNode } from "./nodes.ts";
import type { NodeRow } from "./registry.ts";

export interface InfoParts {
  row: NodeRow;
  live: LiveNode | null;
  stake: NodeStake;
  exposure: NodeExposure;
}

/** A node as its owner sees it. */
export function toInfo({ row, live, stake, exposure }: InfoParts): NodeInfo {
  const offers = [...(live?.offers.values() ?? [])];
  const metrics = Object.fromEntries(
    Object.entries(live?.telemetry ?? {}).filter(([, v]) => v !== undefined),
  ) as Record<string, number>;
  return {
    node_id: row.node_id,
    owner_address: row.owner_address,
    gpu_model: row.gpu_model,
    vram_gb: Number(row.vram_gb),
    status: live === null || live.link === null ? "offline" : live.status,
    draining: live?.draining ?? row.wanted === "drain",
    reliability_score: Number(row.reliability_score),
    tasks_completed: Number(row.tasks_completed),
    total_earned: row.total_earned,
    stake: stakeInfo(stake, exposure),
    models: offers.map((o) => o.offer.id),
    slots: { used: offers.reduce((n, o) => n + o.inFlight, 0), total: offers.reduce((n, o) => n + o.offer.slots, 0) },
    metrics,
    country: row.location_country,
    region: row.location_region,
    created_at: row.created_at.toISOString(),
    last_seen: row.last_seen?.toISOString() ?? null,
  };
}

const together = (exposure: NodeExposure): string =>
  `All nodes of this owner that are not registered share one limit of ${formatEther(EARN_IN_WEI)} FAR; together they have ${formatEther(sharedWei(exposure))} FAR at risk now.`;

function stakeInfo(stake: NodeStake, exposure: NodeExposure): NodeInfo["stake"] {
  return {
    state: stake.state,
    stake: stake.stakeWei.toString(),
    free: stake.freeWei.toString(),
    unbonding: stake.unbondingWei.toString(),
    withdrawable_at: stake.withdrawableAtMs === null ? null : new Date(stake.withdrawableAtMs).toISOString(),
    limit: (stake.state === "suspended" ? 0n : stake.riskWeiMax).toString(),
    in_flight: exposure.inFlightWei.toString(),
    unsettled: exposure.unsettledWei.toString(),
    explanation: stake.held ? `${explain(stake)} ${together(exposure)}` : explain(stake),
  };
}
