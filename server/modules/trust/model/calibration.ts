/**
 * What honest looks like: for each manifest, hardware class, kind of check, temperature and length the statistics of honest runs, taken
 * over different batch sizes and machines. Nothing is compared across keys, and without a calibration a check decides nothing.
 */

/** `score`: the tokens of an answer; `end`: the place where it ends; `canary`: another honest answer to the same prompt. */
export type CheckKind = "score" | "end" | "canary";
/** Greedy answers follow the most likely token; sampled ones do not, and are compared with sampled ones. */
export type Temperature = "cold" | "warm";
/** A mean over few tokens varies more. */
export type Length = "short" | "medium" | "long";

export interface CalibrationKey {
  /** Hash of the manifest, or the model's id where the network holds none. */
  manifest: string;
  /** Class of the audited node's hardware; `any` where a calibration was taken over several. */
  hardware: string;
  kind: CheckKind;
  temperature: Temperature;
  length: Length;
}

export interface Calibration {
  /** Statistics of honest runs, ascending; thinned to at most {@link QUANTILES_MAX} equally likely values. */
  quantiles: readonly number[];
  /** Honest runs it was made of. */
  samples: number;
  /** Taken off a statistic before it is compared: how far an honest machine may lie off the ones that were calibrated on. */
  margin: number;
}

export const QUANTILES_MAX = 1_024;
/** With fewer honest runs nothing is decided. */
export const SAMPLES_MIN = 40;

/**
 * Above it honest answers are stranger than the honest runs at 1 that they would be compared with, and whoever asks for 2 could make any
 * node look bad; below it they are only more ordinary.
 */
export const TEMPERATURE_MAX = 1;

export const temperatureOf = (temperature: number | undefined): Temperature =>
  (temperature ?? 1) <= 0.3 ? "cold" : "warm";

export const lengthOf = (tokens: number): Length => (tokens < 32 ? "short" : tokens < 128 ? "medium" : "long");

export const keyText = (k: CalibrationKey): string =>
  [k.manifest, k.hardware, k.kind, k.temperature, k.length].join("|");

/**
 * Makes a calibration from the statistics of honest runs.
 * @throws RangeError for fewer than {@link SAMPLES_MIN} runs, or one that is not a number
 */
export function calibrate(statistics: readonly number[], margin: number): Calibration {
  if (statistics.length < SAMPLES_MIN) throw new RangeError(`${statistics.length} honest runs are too few`);
  if (!statistics.every(Number.isFinite) || !(margin >= 0)) throw new RangeError("a statistic that is not a number");
  const sorted = [...statistics].sort((a, b) => a - b);
  if (sorted.length <= QUANTILES_MAX) return { quantiles: sorted, samples: sorted.length, margin };
  // The largest of each run of equals: what is thinned away makes honest checks look more ordinary, never stranger.
  const quantiles = Array.from({ length: QUANTILES_MAX }, (_, i) => {
    const at = Math.ceil(((i + 1) * sorted.length) / QUANTILES_MAX) - 1;
    return sorted[at] ?? 0;
  });
  return { quantiles, samples: sorted.length, margin };
}

/**
 * Share of honest checks at least as strange as `statistic`, never below 1/(quantiles+1): a calibration of few runs cannot make any check
 * look rarer than it can know. Larger statistics are stranger.
 */
export function shareAsStrange(calibration: Calibration, statistic: number): number {
  const { quantiles, margin } = calibration;
  const shifted = statistic - margin;
  let low = 0;
  let high = quantiles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((quantiles[middle] ?? Number.POSITIVE_INFINITY) < shifted) low = middle + 1;
    else high = middle;
  }
  return (1 + quantiles.length - low) / (quantiles.length + 1);
}
