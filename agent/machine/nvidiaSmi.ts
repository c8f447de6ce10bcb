import { execFile } from "node:child_process";
import { promisify } from "node:util";

const TIMEOUT_MS = 5_000;
const FIELDS = "name,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw";

/** One GPU as nvidia-smi reports it. What a card does not tell is absent. */
export interface Gpu {
  name: string;
  memoryGb: number;
  memoryUsedGb?: number;
  /** 0 to 1. */
  utilisation?: number;
  temperatureC?: number;
  powerW?: number;
}

const MIB_PER_GB = 1024;
const numberOf = (text: string | undefined): number | undefined => {
  const value = Number(text);
  return text !== undefined && text !== "" && Number.isFinite(value) ? value : undefined;
};
const round = (value: number): number => Math.round(value * 100) / 100;

/** Reads `--format=csv,noheader,nounits` output; lines that are no GPU are skipped. */
export function parseNvidiaSmi(csv: string): Gpu[] {
  return csv.split("\n").flatMap((line) => {
    const [name, ...rest] = line.split(",").map((cell) => cell.trim());
    const [total, used, percent, temperatureC, powerW] = rest.map(numberOf);
    if (!name || total === undefined) return [];
    return [
      {
        name,
        memoryGb: round(total / MIB_PER_GB),
        ...(used === undefined ? {} : { memoryUsedGb: round(used / MIB_PER_GB) }),
        ...(percent === undefined ? {} : { utilisation: Math.min(1, percent / 100) }),
        ...(temperatureC === undefined ? {} : { temperatureC }),
        ...(powerW === undefined ? {} : { powerW }),
      },
    ];
  });
}

/** The NVIDIA GPUs of this machine; none when there is no driver. */
export async function readGpus(): Promise<Gpu[]> {
  try {
    const { stdout } = await promisify(execFile)(
      "nvidia-smi",
      [`--query-gpu=${FIELDS}`, "--format=csv,noheader,nounits"],
      {
        timeout: TIMEOUT_MS,
        maxBuffer: 65_536,
      },
    );
    return parseNvidiaSmi(stdout);
  } catch {
    return [];
  }
}
