/** The revenue streams of the simulation: each product of the network. */
export const REVENUE_STREAMS = ["inference", "gpu", "gaming", "desci", "gamed", "fartwin"] as const;
export type RevenueStreamName = (typeof REVENUE_STREAMS)[number];

/** What the simulation assumes of a stream. Both in basis points, so that nothing is rounded before the end. */
export interface StreamAssumption {
  /** Revenue of month 0, of the amount. */
  readonly baseBps: bigint;
  /** One month's revenue of the month's before: 10 500 is 5 % more. */
  readonly growthBps: bigint;
}

/** Assumed, not measured. */
export const STREAM_ASSUMPTIONS: Readonly<Record<RevenueStreamName, StreamAssumption>> = {
  inference: { baseBps: 800n, growthBps: 10_500n },
  gpu: { baseBps: 600n, growthBps: 11_500n },
  gaming: { baseBps: 400n, growthBps: 10_300n },
  desci: { baseBps: 200n, growthBps: 10_200n },
  gamed: { baseBps: 300n, growthBps: 10_400n },
  fartwin: { baseBps: 500n, growthBps: 10_800n },
};

/** The streams that are on unless somebody chooses. */
export const DEFAULT_STREAMS: readonly RevenueStreamName[] = ["inference", "gpu"];
