import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, open, stat } from "node:fs/promises";
import { freemem } from "node:os";
import { promisify } from "node:util";
import { type Gpu, readGpus } from "../machine/nvidiaSmi.ts";
import { type Finding, fail, ok, reasonOf, warn } from "./finding.ts";

const TIMEOUT_MS = 5_000;
const HOT_C = 85;
const GGUF_MAGIC = "GGUF";
const BYTES_PER_GB = 2 ** 30;

async function driverVersion(): Promise<string | undefined> {
  try {
    const args = ["--query-gpu=driver_version", "--format=csv,noheader"];
    const { stdout } = await promisify(execFile)("nvidia-smi", args, { timeout: TIMEOUT_MS });
    return stdout.split("\n")[0]?.trim();
  } catch {
    return undefined;
  }
}

/** Driver, memory and temperature of the GPUs. A machine without one may serve too, only slowly. */
export async function examineGpu(
  gpusNow: () => Promise<Gpu[]> = readGpus,
  driver: () => Promise<string | undefined> = driverVersion,
): Promise<Finding[]> {
  const [gpus, version] = await Promise.all([gpusNow(), driver()]);
  if (gpus.length === 0)
    return [
      warn(
        "gpu",
        version === undefined ? "nvidia-smi does not answer: no NVIDIA driver here" : `driver ${version}, but no GPU`,
        "Models run on the CPU. If this machine has an NVIDIA GPU, install its driver; in a container, pass the GPU through.",
      ),
    ];
  return gpus.map((gpu) => {
    const free = gpu.memoryGb - (gpu.memoryUsedGb ?? 0);
    const facts = `${gpu.name}, ${gpu.memoryGb} GB, ${Math.round(free * 10) / 10} GB free, driver ${version ?? "unknown"}`;
    return gpu.temperatureC !== undefined && gpu.temperatureC >= HOT_C
      ? warn(
          "gpu",
          `${facts}, ${gpu.temperatureC} °C`,
          "It will throttle: look at its fans, or cap its power with --power-cap.",
        )
      : ok("gpu", facts);
  });
}

/** The folder that holds the node's identity. */
export async function examineFolder(dir: string): Promise<Finding> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await access(dir, constants.R_OK | constants.W_OK);
    return ok("folder", `${dir} can be written; keep its node.key safe, it is the node`);
  } catch (error) {
    return fail("folder", `${dir}: ${reasonOf(error)}`, "Name a folder that this user may write: --dir DIR.");
  }
}

/** A model file, without loading it. */
export async function examineModelFile(path: string): Promise<Finding> {
  try {
    const { size } = await stat(path);
    const file = await open(path);
    const { buffer } = await file.read(Buffer.alloc(GGUF_MAGIC.length), 0, GGUF_MAGIC.length, 0);
    await file.close();
    if (buffer.toString("latin1") !== GGUF_MAGIC)
      return fail("model", `${path} is no GGUF file`, "Download the .gguf form of the model.");
    const facts = `${path}, ${size < BYTES_PER_GB ? `${Math.ceil(size / 1_048_576)} MB` : `${Math.round((size / BYTES_PER_GB) * 100) / 100} GB`}`;
    return size > freemem()
      ? warn(
          "model",
          `${facts}, more than the memory that is free now`,
          "Free memory, or choose a smaller quantisation.",
        )
      : ok("model", facts);
  } catch (error) {
    return fail("model", `${path}: ${reasonOf(error)}`, "Check the path.");
  }
}
