import { availableParallelism, loadavg } from "node:os";
import type { Telemetry } from "@farlabs/protocol";
import { type Gpu, readGpus } from "./nvidiaSmi.ts";

/** nvidia-smi takes tens of milliseconds; heartbeats may be faster than it is worth asking. */
const ASK_MS = 5_000;
/** A machine without the driver is asked again only this often. */
const ASK_NONE_MS = 300_000;

const average = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const known = (gpus: Gpu[], of: (gpu: Gpu) => number | undefined): number[] =>
  gpus.map(of).filter((v) => v !== undefined);

/** Over all GPUs: mean utilisation, hottest temperature, summed memory and power. Nothing is reported that was not measured. */
export function telemetryOf(gpus: Gpu[], load: number): Telemetry {
  const utilisation = known(gpus, (g) => g.utilisation);
  const used = known(gpus, (g) => g.memoryUsedGb);
  const temperature = known(gpus, (g) => g.temperatureC);
  const power = known(gpus, (g) => g.powerW);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    load,
    ...(utilisation.length
      ? { utilisation: average(utilisation) }
      : { utilisation: Math.min(1, load / availableParallelism()) }),
    ...(used.length ? { vramUsedGb: sum(used) } : {}),
    ...(temperature.length ? { temperatureC: Math.max(...temperature) } : {}),
    ...(power.length ? { powerW: sum(power) } : {}),
  };
}

/** A reader for heartbeats. Without a GPU, utilisation is the CPU's: load over cores. */
export function createTelemetry(gpusNow: () => Promise<Gpu[]> = readGpus): () => Promise<Telemetry> {
  let gpus: Gpu[] = [];
  let askAgainAtMs = 0;
  return async () => {
    if (Date.now() >= askAgainAtMs) {
      gpus = await gpusNow();
      askAgainAtMs = Date.now() + (gpus.length > 0 ? ASK_MS : ASK_NONE_MS);
    }
    return telemetryOf(gpus, Math.round((loadavg()[0] ?? 0) * 100) / 100);
  };
}
