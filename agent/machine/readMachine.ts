import { availableParallelism, cpus, totalmem } from "node:os";
import type { Capabilities } from "@farlabs/protocol";
import { type Gpu, readGpus } from "./nvidiaSmi.ts";

export interface ReadMachineOptions {
  country?: string | undefined;
  region?: string | undefined;
  bandwidthMbps?: number | undefined;
  /** For tests; default: nvidia-smi. */
  gpus?: () => Promise<Gpu[]>;
}

const BYTES_PER_GB = 2 ** 30;
const gb = (bytes: number): number => Math.round((bytes / BYTES_PER_GB) * 10) / 10;
/** What a CPU-run model may take: the rest belongs to the system. */
const CPU_MEMORY_SHARE = 0.75;

/**
 * What this machine is. Without a GPU, `gpuModel` says so (`CPU: …`) and `vramGb` is the memory that models run by the CPU can use.
 * CUDA cores are never guessed: nvidia-smi does not tell them.
 */
export async function readMachine(options: ReadMachineOptions = {}): Promise<Capabilities["machine"]> {
  const gpus = await (options.gpus ?? readGpus)();
  const cpu = (cpus()[0]?.model.trim() || "unknown CPU").slice(0, 256);
  const first = gpus[0];
  const memoryGb = gb(totalmem());
  const computes = first
    ? {
        gpuModel: `${gpus.length > 1 ? `${gpus.length}× ` : ""}${first.name}`,
        vramGb: gpus.reduce((sum, g) => sum + g.memoryGb, 0),
      }
    : { gpuModel: `CPU: ${cpu}`, vramGb: Math.floor(memoryGb * CPU_MEMORY_SHARE * 10) / 10 };
  return {
    gpuModel: computes.gpuModel.slice(0, 128),
    vramGb: Math.round(computes.vramGb * 100) / 100,
    cpu,
    cores: availableParallelism(),
    memoryGb,
    ...(options.country ? { country: options.country } : {}),
    ...(options.region ? { region: options.region } : {}),
    ...(options.bandwidthMbps === undefined ? {} : { bandwidthMbps: options.bandwidthMbps }),
  };
}
