import { coded } from "#kernel";
import { type Calibration, type CalibrationKey, calibrate, keyText } from "../model/calibration.ts";
import type { FindCalibration } from "../model/judge.ts";
import type { Context } from "./context.ts";
import type { ShippedCalibration } from "./shippedCalibrations.ts";

/** What honest looks like, in memory; `reload` reads it. */
export interface Calibrations {
  find: FindCalibration;
  /** Whether there is any for the manifest. */
  isKnown(manifest: string): boolean;
  reload(): Promise<void>;
  /** @throws calibration_invalid */
  set(key: CalibrationKey, honest: { statistics: readonly number[]; margin: number }): Promise<void>;
  /** Enters those whose key is not known yet; what was measured since, or found out of date, stays as it is. */
  adopt(shipped: readonly ShippedCalibration[]): Promise<void>;
}

interface Row {
  key: string;
  manifest: string;
  quantiles: number[];
  samples: number;
  margin: number;
}

export function createCalibrations({ sql, clock }: Pick<Context, "sql" | "clock">): Calibrations {
  let known = new Map<string, Calibration>();
  let manifests: ReadonlySet<string> = new Set();

  async function reload(): Promise<void> {
    const rows = await sql<
      Row[]
    >`select key, manifest, quantiles, samples, margin from trust.calibrations where not stale`;
    known = new Map(rows.map(({ key, quantiles, samples, margin }) => [key, { quantiles, samples, margin }]));
    manifests = new Set(rows.map(({ manifest }) => manifest));
  }

  return {
    find: (key) => known.get(keyText(key)) ?? null,
    isKnown: (manifest) => manifests.has(manifest),
    reload,
    async set(key, { statistics, margin }) {
      let made: Calibration;
      try {
        made = calibrate(statistics, margin);
      } catch (cause) {
        throw coded("calibration_invalid", { cause });
      }
      await sql`
        insert into trust.calibrations (key, manifest, quantiles, samples, margin, updated_at)
        values (${keyText(key)}, ${key.manifest}, ${JSON.stringify(made.quantiles)}::text::json, ${made.samples}, ${made.margin}, ${new Date(clock.now())})
        on conflict (key) do update set quantiles = excluded.quantiles, samples = excluded.samples, margin = excluded.margin,
          stale = false, updated_at = excluded.updated_at`;
      await reload();
    },
    async adopt(shipped) {
      for (const { statistics, margin, ...key } of shipped) {
        const { quantiles, samples } = calibrate(statistics, margin);
        await sql`
          insert into trust.calibrations (key, manifest, quantiles, samples, margin, updated_at)
          values (${keyText(key)}, ${key.manifest}, ${JSON.stringify(quantiles)}::text::json, ${samples}, ${margin}, ${new Date(clock.now())})
          on conflict (key) do nothing`;
      }
    },
  };
}
