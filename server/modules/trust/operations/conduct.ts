import { newId } from "#kernel";
import type { Input } from "../model/decide.ts";
import { factorOfHit } from "../model/sequential.ts";
import type { Context } from "./context.ts";
import type { About } from "./offers.ts";
import { step } from "./step.ts";

export type Breach = "claimed_count" | "impossible_time";

/** An honest node is hit at most so often: by a template's odd tokens, by a clock that stood. */
const HONEST_RATE_MAX = 0.01;
const QUIET_MS = 60_000;
const ROWS_MAX = 10;
/** Looks at one node that one flush takes up; the rest of a busy minute says the same. */
const LOOKS_MAX = 10_000;

interface Noted {
  looks: number;
  hits: { what: Breach; about: About & { taskId: string } }[];
  sinceMs: number;
}

/** What the network sees by itself of every task, added up per node; only hits are kept as rows. */
export interface Conduct {
  note(about: About & { taskId: string }, breach: Breach | null): void;
  /** Brings what was noted into the nodes' states: hits at once, and the rest once a minute. */
  flush(): Promise<void>;
}

export function createConduct(context: Context): Conduct {
  const noted = new Map<string, Noted>();

  async function write(nodeId: string, { looks, hits }: Noted): Promise<void> {
    const quiet = Math.min(looks, LOOKS_MAX) - hits.length;
    const input = (hit: boolean): Input => ({ type: "conduct", factor: factorOfHit(hit, HONEST_RATE_MAX) });
    const inputs = [
      ...Array.from({ length: Math.max(0, quiet) }, () => input(false)),
      ...hits.slice(0, LOOKS_MAX).map(() => input(true)),
    ];
    const now = new Date(context.clock.now());
    await context.sql.begin(async (tx) => {
      const stepped = await step(context, tx, { nodeId, inputs });
      if (stepped === null) return;
      for (const { what, about } of hits.slice(0, ROWS_MAX)) {
        await tx`
          insert into trust.checks (id, kind, status, node_id, owner_wallet, task_id, model, manifest, hardware, factor, against, reason,
                                    not_before, created_at, finished_at)
          values (${newId("check")}, 'conduct', 'done', ${nodeId}, ${about.owner}, ${about.taskId}, ${about.model}, ${about.manifest},
                  ${about.hardware}, ${factorOfHit(true, HONEST_RATE_MAX)}, ${stepped.against > 0}, ${what}, ${now}, ${now}, ${now})`;
      }
      if (stepped.against > 0)
        await tx`
          insert into trust.measures as m (node_id, hour, checks, against)
          values (${nodeId}, date_trunc('hour', ${now}::timestamptz, 'UTC'), ${stepped.against}, ${stepped.against})
          on conflict (node_id, hour) do update set checks = m.checks + excluded.checks, against = m.against + excluded.against`;
    });
  }

  return {
    note(about, breach) {
      const known = noted.get(about.nodeId) ?? { looks: 0, hits: [], sinceMs: context.clock.monotonic() };
      noted.set(about.nodeId, known);
      known.looks += 1;
      if (breach !== null && known.hits.length < LOOKS_MAX) known.hits.push({ what: breach, about });
    },
    async flush() {
      for (const [nodeId, entry] of noted) {
        if (entry.hits.length === 0 && context.clock.monotonic() - entry.sinceMs < QUIET_MS) continue;
        noted.delete(nodeId);
        await write(nodeId, entry);
      }
    },
  };
}
