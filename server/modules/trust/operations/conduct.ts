import type { Input } from "../model/decide.ts";
import { enterHits, type Hit, look } from "./breaches.ts";
import type { Context } from "./context.ts";
import type { About } from "./offers.ts";
import { step } from "./step.ts";

const QUIET_MS = 60_000;
/** Looks at one node that one flush takes up; the rest of a busy minute says the same. */
const LOOKS_MAX = 10_000;

interface Noted {
  looks: number;
  hits: Hit[];
  sinceMs: number;
}

/** What the network sees by itself of every task, added up per node; only hits are kept as rows. */
export interface Conduct {
  note(about: About & { taskId: string }, breach: Hit["what"] | null): void;
  /** Brings what was noted into the nodes' states: hits at once, and the rest once a minute. */
  flush(): Promise<void>;
}

export function createConduct(context: Context): Conduct {
  const noted = new Map<string, Noted>();

  async function write(nodeId: string, { looks, hits }: Noted): Promise<void> {
    const quiet = Math.min(looks, LOOKS_MAX) - hits.length;
    const inputs: Input[] = [
      ...Array.from({ length: Math.max(0, quiet) }, () => look(false)),
      ...hits.slice(0, LOOKS_MAX).map(() => look(true)),
    ];
    await context.sql.begin(async (tx) => {
      const stepped = await step(context, tx, { nodeId, inputs });
      if (stepped !== null) await enterHits(context, tx, { nodeId, hits, against: stepped.against });
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
