import "./errors.ts";
import { trustAdminArea } from "./http/admin.ts";
import { trustNetworkArea } from "./http/network.ts";
import { trustNodesArea } from "./http/nodes.ts";
import { lead } from "./jobs/lead.ts";
import { type Repeated, repeat } from "./jobs/repeat.ts";
import { registerMetrics } from "./metrics.ts";
import { withinBand } from "./model/counts.ts";
import { applyRegistry } from "./operations/applyRegistry.ts";
import { createBands } from "./operations/bands.ts";
import { createCalibrations } from "./operations/calibrations.ts";
import { createCanaries } from "./operations/canaries.ts";
import { createConduct } from "./operations/conduct.ts";
import type { Context } from "./operations/context.ts";
import { createAlarms } from "./operations/controls.ts";
import { createIntake } from "./operations/intake.ts";
import { createMeasures } from "./operations/measures.ts";
import { createRoster } from "./operations/roster.ts";
import { runChecks } from "./operations/runChecks.ts";
import { type Seed, seedOf } from "./operations/seeds.ts";
import type { ShippedCalibration } from "./operations/shippedCalibrations.ts";
import { statementsDiffer } from "./operations/statements.ts";
import { tellAudited } from "./operations/tellAudited.ts";
import { taskFinished } from "./operations/work.ts";
import type { Trust } from "./trust.ts";

const OBSERVE_MS = 5_000;
const CHECKS_MS = 1_000;
const CANARIES_MS = 10_000;
const LEAD_MS = 15_000;

export type TrustDeps = Omit<Context, "random"> & {
  random?: () => number;
  /** Known from the start. */
  calibrations?: readonly ShippedCalibration[];
};

/** The module with its single steps, so that tests take them one by one; `Trust` is what others see. */
export interface TrustModule extends Trust {
  /** One turn of each job. */
  turns: {
    /** Presence, measures, conduct, bands, seed and roster; who counts as audited. */
    observe(): Promise<void>;
    checks(): Promise<number>;
    canaries(sinceMs: number): Promise<number>;
    lead(): Promise<boolean>;
  };
}

/** Builds the module. `start` begins to look; its jobs may run in several processes at once. */
export function createTrust(deps: TrustDeps): TrustModule {
  const context: Context = { random: Math.random, ...deps };
  const measures = createMeasures(context);
  const roster = createRoster(context, measures);
  const conduct = createConduct(context);
  const bands = createBands(context);
  const calibrations = createCalibrations(context);
  const alarms = createAlarms(context);
  let seed: Seed | null = null;
  const intake = createIntake(context, {
    measures,
    conduct,
    roster,
    seed: () => seed,
    band: bands.bandFor,
    isAlarmed: alarms.isAlarmed,
    onRatio: bands.add,
  });
  const canaries = createCanaries(context, { roster, find: calibrations.find });
  const jobs: Repeated[] = [];
  let unsubscribe: (() => void) | null = null;

  async function observe(): Promise<void> {
    roster.observe();
    seed = await seedOf(context);
    await roster.reload();
    await calibrations.reload();
    tellAudited(context, { roster, calibrations });
    await bands.reload();
    await alarms.reload();
    await intake.settled();
    await conduct.flush();
    await measures.flush();
  }
  const turns: TrustModule["turns"] = {
    observe,
    checks: () => runChecks(context, calibrations.find),
    canaries,
    lead: () => lead(context),
  };

  return {
    applyRegistry: (tx, event) => applyRegistry(context, tx, event),
    taskFinished,
    statementsDiffer: (tx, events) => statementsDiffer(context, tx, events),
    believable({ model, owner, claim, bytes }) {
      const band = bands.bandFor(model, owner);
      return band === null ? null : withinBand(claim, bytes, band);
    },
    calibrate: calibrations.set,
    areas: [
      trustNodesArea(context),
      trustNetworkArea(context),
      trustAdminArea(context, { calibrate: calibrations.set }),
    ],
    registerMetrics: (metrics) => registerMetrics(metrics, { roster, dropped: intake.dropped }),
    turns,
    async start() {
      await calibrations.adopt(deps.calibrations ?? []);
      await observe();
      unsubscribe = context.inference.onFinished(intake.take);
      const { log } = context;
      jobs.push(
        repeat("observe", { everyMs: OBSERVE_MS, log, job: observe }),
        repeat("checks", { everyMs: CHECKS_MS, log, job: turns.checks }),
        repeat("canaries", { everyMs: CANARIES_MS, log, job: () => canaries(CANARIES_MS) }),
        repeat("lead", { everyMs: LEAD_MS, log, job: turns.lead }),
      );
    },
    async stop() {
      unsubscribe?.();
      await Promise.all(jobs.splice(0).map((job) => job.stop()));
      await observe();
    },
  };
}
