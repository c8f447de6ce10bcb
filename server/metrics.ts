import type { Capacity } from "#capacity";
import type { InferenceModule } from "#inference";
import type { Models } from "#models";
import type { Nodes } from "#nodes";
import type { Metrics } from "#platform/metrics";
import type { GroupCommit } from "#platform/pg";
import type { Settlement } from "#settlement";

/** Gauges read when somebody scrapes, so that they cost nothing otherwise. */
export function registerMetrics(
  { observed }: Metrics,
  deps: {
    inference: InferenceModule;
    nodes: Nodes;
    commits: GroupCommit;
    models: Models;
    capacity: Capacity;
    settlement: Settlement;
  },
): void {
  registerMoney(observed, deps.settlement);
  const offers = () => [...deps.nodes.live().values()].flatMap((n) => [...n.offers.values()]);
  observed("far_tasks_pending", "Tasks waiting for a slot", () => deps.inference.running().pending);
  observed("far_tasks_running", "Tasks at a node", () => deps.inference.running().running);
  observed(
    "far_tasks_per_second",
    "Tasks ended a second, over the last minute",
    () => deps.inference.running().finishedPerSecond,
  );
  observed(
    "far_nodes_online",
    "Connected nodes",
    () => [...deps.nodes.live().values()].filter((n) => n.link !== null).length,
  );
  observed("far_slots", "Slots of connected nodes", () => offers().reduce((n, o) => n + o.offer.slots, 0));
  observed("far_slots_used", "Slots in use", () => offers().reduce((n, o) => n + o.inFlight, 0));
  observed("far_utilisation", "Share of slots in use or waited for, 0 to 1", () => deps.capacity.signal().utilisation);
  observed(
    "far_autoscale_nodes",
    "Nodes the network wants more (or fewer, below 0)",
    () => deps.capacity.signal().change,
  );
  observed("far_commit_queue", "Units waiting for or in a group commit", () => deps.commits.depth());
  observed("far_usd_rate", "USD per FAR to quote with, 0 while there is none", () => {
    try {
      return Number(deps.models.rate().rate8) / 1e8;
    } catch {
      return 0;
    }
  });
  observed("far_usd_rate_held", "USD per FAR that is held back until it is confirmed, 0 for none", () => {
    return Number(deps.models.price().held8 ?? 0n) / 1e8;
  });
  observed("far_usd_rate_age_seconds", "Age of the feed's newest answer", () => deps.models.price().ageS ?? -1);
}

/** FAR and the chain's coin as floating numbers: a gauge is to be looked at, the ledger counts. */
const WEI = 1e18;

function registerMoney(observed: Metrics["observed"], { figures }: Pick<Settlement, "figures">): void {
  observed("far_settlement_open_findings", "Findings that nobody has resolved", () => figures().openFindings);
  observed("far_settlement_halted", "1 while settlement has stopped", () => (figures().halted ? 1 : 0));
  observed(
    "far_settlement_unsettled_far",
    "Charged, not yet settled on chain",
    () => Number(figures().unsettledWei) / WEI,
  );
  observed("far_settlement_epoch", "Last settled epoch", () => figures().lastEpoch);
  observed("far_oracle_gas", "The oracle's coin for gas; NaN before it was read", () => coins(figures().oracleGasWei));
  observed("far_treasury_far", "The treasury's FAR in the contract; NaN before it was read", () =>
    coins(figures().treasuryWei),
  );
}

const coins = (wei: bigint | null): number => (wei === null ? Number.NaN : Number(wei) / WEI);
