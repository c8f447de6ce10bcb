import type { Metrics } from "#platform/metrics";
import type { Standing } from "./model/decide.ts";
import type { Roster } from "./operations/roster.ts";

const STANDINGS: readonly Standing[] = ["good", "watched", "suspended", "proposed", "appealed"];

/** Gauges read at each scrape, from memory. */
export function registerMetrics({ observed }: Metrics, deps: { roster: Roster; dropped: () => number }): void {
  for (const standing of STANDINGS)
    observed(`far_trust_nodes_${standing}`, `Known nodes in standing ${standing}`, () =>
      [...deps.roster.all().values()].reduce((n, node) => n + (node.standing === standing ? 1 : 0), 0),
    );
  observed("far_trust_score_mean", "Mean score of known nodes", () => {
    const scores = [...deps.roster.all().values()].map((n) => n.score);
    return scores.length === 0 ? 0 : scores.reduce((sum, s) => sum + s, 0) / scores.length;
  });
  observed("far_trust_checks_dropped", "Checks that were drawn and could not be stored in time", deps.dropped);
}
