import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AgentError } from "../errors.ts";
import type { Log } from "../log.ts";

const TIMEOUT_MS = 10_000;
const QUERY = ["--query-gpu=index,power.limit,power.min_limit,power.max_limit", "--format=csv,noheader,nounits"];

/** Runs nvidia-smi with these arguments and gives what it printed. */
export type NvidiaSmi = (args: readonly string[]) => Promise<string>;

const nvidiaSmi: NvidiaSmi = async (args) => {
  const { stdout } = await promisify(execFile)("nvidia-smi", [...args], { timeout: TIMEOUT_MS, maxBuffer: 65_536 });
  return stdout;
};

interface Limit {
  index: number;
  watts: number;
  minWatts: number;
  maxWatts: number;
}

/** Cards that tell their limits; others (`[N/A]`) cannot be capped. */
function parseLimits(csv: string): Limit[] {
  return csv.split("\n").flatMap((line) => {
    const [index, watts, minWatts, maxWatts] = line.split(",").map((cell) => Number(cell.trim() || Number.NaN));
    if (index === undefined || watts === undefined || minWatts === undefined || maxWatts === undefined) return [];
    return [index, watts, minWatts, maxWatts].every(Number.isFinite) ? [{ index, watts, minWatts, maxWatts }] : [];
  });
}

const reasonOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").find((line) => /permission|root|not supported/i.test(line)) ?? text.slice(0, 200);
};

/**
 * Caps what each GPU may draw, as the driver offers it, and checks that it took. Returns the way to give the cards their old limits back.
 * Changing limits takes root or an administrator's leave.
 * @param watts For each card, within what the card allows.
 * @throws AgentError `bad_option` when there is no card to cap, the figure is outside a card's range, or the driver refuses
 */
export async function capPower(watts: number, log: Log, run: NvidiaSmi = nvidiaSmi): Promise<() => Promise<void>> {
  const before = await run(QUERY).then(parseLimits, () => []);
  if (before.length === 0)
    throw new AgentError(
      "bad_option",
      "--power-cap: nvidia-smi reports no GPU on this machine whose power can be limited",
    );
  const outside = before.find((l) => watts < l.minWatts || watts > l.maxWatts);
  if (outside !== undefined)
    throw new AgentError(
      "bad_option",
      `--power-cap ${watts}: GPU ${outside.index} allows ${outside.minWatts} to ${outside.maxWatts} W`,
    );
  const restore = async (): Promise<void> => {
    for (const { index, watts: old } of before)
      await run(["-i", String(index), "-pl", String(old)]).catch((error: unknown) =>
        log("warn", "a GPU keeps its power cap", { gpu: index, watts, reason: reasonOf(error) }),
      );
  };
  try {
    for (const { index } of before) await run(["-i", String(index), "-pl", String(watts)]);
    const after = parseLimits(await run(QUERY));
    if (after.length !== before.length || after.some((l) => Math.abs(l.watts - watts) > 1))
      throw new Error("the driver reports another limit than was set");
  } catch (error) {
    await restore();
    throw new AgentError(
      "bad_option",
      `--power-cap ${watts}: ${reasonOf(error)}. Start the agent as root, or set it yourself: nvidia-smi -pl ${watts}`,
      {
        cause: error,
      },
    );
  }
  log("info", "GPU power capped", { watts, gpus: before.length });
  return restore;
}
