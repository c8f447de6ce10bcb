import { newId } from "#kernel";
import type { Tx } from "#platform/pg";
import type { Input } from "../model/decide.ts";
import { factorOfHit } from "../model/sequential.ts";
import type { Context } from "./context.ts";
import type { About } from "./offers.ts";

/** What the network saw of a node by itself. */
export interface Hit {
  what: "claimed_count" | "impossible_time" | "statement_differs";
  about: About & { taskId: string };
}

/** An honest node is hit at most so often: by a template's odd tokens, by a clock that stood. */
const HONEST_RATE_MAX = 0.01;
/** Rows of one entry; more of a minute's hits say the same. */
const ROWS_MAX = 10;

/** One look at a node's conduct. */
export const look = (hit: boolean): Input => ({ type: "conduct", factor: factorOfHit(hit, HONEST_RATE_MAX) });

/** Keeps hits as rows, and `against` of them in the accuracy of the hour; the node's state has taken them in already. */
export async function enterHits(
  { clock }: Pick<Context, "clock">,
  tx: Tx,
  { nodeId, hits, against }: { nodeId: string; hits: readonly Hit[]; against: number },
): Promise<void> {
  const now = new Date(clock.now());
  for (const { what, about } of hits.slice(0, ROWS_MAX)) {
    await tx`
      insert into trust.checks (id, kind, status, node_id, owner_wallet, task_id, model, manifest, hardware, factor, against, reason,
                                not_before, created_at, finished_at)
      values (${newId("check")}, 'conduct', 'done', ${nodeId}, ${about.owner}, ${about.taskId}, ${about.model}, ${about.manifest},
              ${about.hardware}, ${factorOfHit(true, HONEST_RATE_MAX)}, ${against > 0}, ${what}, ${now}, ${now}, ${now})`;
  }
  if (against === 0) return;
  await tx`
    insert into trust.measures as m (node_id, hour, checks, against)
    values (${nodeId}, date_trunc('hour', ${now}::timestamptz, 'UTC'), ${against}, ${against})
    on conflict (node_id, hour) do update set checks = m.checks + excluded.checks, against = m.against + excluded.against`;
}
