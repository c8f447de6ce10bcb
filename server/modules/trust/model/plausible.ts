/**
 * Whether a node's times are possible. No machine makes a token faster than it reads the weights once from its memory; where drafts are
 * guessed ahead, a few times faster. A time below that bound is evidence that something else answered: a smaller model, a cache. A long
 * time is no evidence of anything; it lowers the speed alone.
 */

/** Memory bandwidth in GB/s, by what the name of a GPU contains; the maker's data sheets. The longest name that fits counts. */
const BANDWIDTH_GBPS: readonly (readonly [name: string, gbps: number])[] = [
  ["b200", 8_000],
  ["h200", 4_800],
  ["h100", 3_350],
  ["a100", 2_039],
  ["rtx 5090", 1_792],
  ["rtx 4090", 1_008],
  ["rtx 3090", 936],
  ["l40s", 864],
  ["a6000", 768],
  ["a10", 600],
  ["l4", 300],
  ["t4", 320],
];

/** Tokens that one reading of the weights may yield, with drafts guessed ahead. */
const DRAFTS_MAX = 8;
/** Where neither machine nor weights are known: so many times the speed expected of fit hardware. */
const UNKNOWN_FACTOR = 32;
/** Prompts are computed many tokens at once; no engine shows more against its decoding. */
const PREFILL_FACTOR_MAX = 1_000;
/** Below this a clock says nothing. */
const TIME_MS_MIN = 5;

/** The class by which nodes are compared: the GPU's family, or `cpu`, or `other`. */
export function hardwareClass(gpuModel: string): string {
  const name = gpuModel.toLowerCase();
  if (name === "" || name === "cpu" || name === "none") return "cpu";
  return familyOf(name)?.[0] ?? "other";
}

function familyOf(name: string): readonly [string, number] | undefined {
  return BANDWIDTH_GBPS.filter(([family]) => name.includes(family)).sort(([a], [b]) => b.length - a.length)[0];
}

export interface Timing {
  /** Output tokens by the network's own count. */
  tokens: number;
  /** Tokens of a prompt that no cache can hold (a canary's); 0 where it may have been computed before. */
  freshPromptTokens: number;
  /** Assign → first chunk, and assign → last chunk, ms. */
  firstTokenMs: number;
  durationMs: number;
  /** Choices answered side by side. */
  choices: number;
}

export interface Machine {
  gpuModel: string;
  /** GPUs are not counted by agents; memory over one card's is taken as more cards. */
  vramGb: number;
  /** Bytes of the model's weights, GB; 0 where unknown. */
  weightsGb: number;
  /** Output tokens a second of one stream on fit hardware. */
  expectedTokensPerSecond: number;
}

/** Output tokens a second of one stream that the machine cannot exceed. */
export function speedMax({ gpuModel, vramGb, weightsGb, expectedTokensPerSecond }: Machine): number {
  const family = familyOf(gpuModel.toLowerCase());
  if (family === undefined || weightsGb <= 0) return UNKNOWN_FACTOR * expectedTokensPerSecond;
  const cards = Math.max(1, Math.ceil(vramGb / 80));
  return Math.max((DRAFTS_MAX * family[1] * cards) / weightsGb, DRAFTS_MAX * expectedTokensPerSecond);
}

/**
 * Whether the answer came faster than the machine can. The whole attempt is looked at, since the network may deliver many tokens at once;
 * only the first token's time is looked at alone, and only for prompts that no cache holds.
 */
export function isImpossible(timing: Timing, machine: Machine): boolean {
  const max = speedMax(machine);
  const decodeMs = (1_000 * timing.tokens) / (max * Math.max(1, timing.choices));
  const prefillMs = (1_000 * timing.freshPromptTokens) / (max * PREFILL_FACTOR_MAX);
  const below = (actualMs: number, leastMs: number): boolean => leastMs > TIME_MS_MIN && actualMs < leastMs;
  return below(timing.durationMs, decodeMs + prefillMs) || below(timing.firstTokenMs, prefillMs);
}
