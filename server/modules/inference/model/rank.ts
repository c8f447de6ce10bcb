/** The one number by which nodes are compared: expected completion in ms. Pure. */

export interface RankInput {
  /** Prompt tokens and the share of them, 0–1, that the node has probably computed before. */
  promptTokens: number;
  knownShare: number;
  /** Output tokens expected. */
  outputTokens: number;
  /** Output tokens a second of one stream at the node. */
  tokensPerSecond: number;
  /** Measured assign → first chunk beyond the prompt's own time, ms. */
  firstTokenMs: number;
  /** Slots taken and slots in all. */
  inFlight: number;
  slots: number;
  /** 0–100. */
  score: number;
  /** Caller and node state different regions. */
  otherRegion: boolean;
}

/** Prompts are computed many tokens at once; 10 is the low end of what engines show against their decoding speed. */
const PREFILL_FACTOR = 10;
/** Streams of one engine slow each other; at full slots a stream takes this much longer. */
const CROWDING = 1;
/** A round trip between continents. */
const OTHER_REGION_MS = 150;

/**
 * Expected completion in ms. The score enters as time: each point under 100 costs 1 %, so that a node which fails or dawdles must be
 * that much faster to be chosen. The price does not enter yet: it belongs to the model and is the same at every node.
 */
export function expectedMs(r: RankInput): number {
  const speed = Math.max(r.tokensPerSecond, 0.1);
  const prefillMs = (1000 * r.promptTokens * (1 - r.knownShare)) / (speed * PREFILL_FACTOR);
  const decodeMs = (1000 * r.outputTokens) / speed;
  const crowd = 1 + (CROWDING * r.inFlight) / r.slots;
  const distrust = 1 + (100 - r.score) / 100;
  return (r.firstTokenMs + (prefillMs + decodeMs) * crowd) * distrust + (r.otherRegion ? OTHER_REGION_MS : 0);
}
