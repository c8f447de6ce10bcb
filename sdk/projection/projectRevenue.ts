import { checkAmount, checkPeriod, DEFAULT_AMOUNT_WEI } from "./bounds.ts";
import { ProjectionError } from "./errors.ts";
import {
  DEFAULT_STREAMS,
  REVENUE_STREAMS,
  type RevenueStreamName,
  STREAM_ASSUMPTIONS,
  type StreamAssumption,
} from "./streams.ts";

/** Most months that are simulated. */
export const MONTHS_MAX = 36;

export interface ProjectionInput {
  /** Wei of FAR. Default 10 000 FAR. */
  amountWei?: bigint;
  /** 1 to 36. Default 12. */
  months?: number;
  /** The streams that count. Default inference and gpu; none gives zeros. */
  streams?: readonly RevenueStreamName[];
}

/** One month of the simulation; month 0 is the first. */
export interface ProjectionPoint {
  readonly month: number;
  /** Each enabled stream's part, wei, rounded down. */
  readonly byStream: Readonly<Partial<Record<RevenueStreamName, bigint>>>;
  /** Their sum. */
  readonly monthlyWei: bigint;
  /** Sum of `monthlyWei` from month 0 to this one. */
  readonly cumulativeWei: bigint;
  /** `cumulativeWei` per amount in parts per million, rounded down: 1 000 000 doubles it. */
  readonly roiPpm: bigint;
}

export interface Projection {
  /** Always true: it is arithmetic on assumptions, neither a forecast nor a promise. */
  readonly simulation: true;
  readonly assumptions: {
    readonly amountWei: bigint;
    readonly months: number;
    readonly streams: readonly ({ readonly stream: RevenueStreamName } & StreamAssumption)[];
    /** The same in sentences, to be shown beside every figure. */
    readonly sentences: readonly string[];
  };
  /** Months 0 to `months`, both included. */
  readonly points: readonly ProjectionPoint[];
}

const BPS = 10_000n;
const PPM = 1_000_000n;

const percent = (bps: bigint): string =>
  `${bps / 100n}${bps % 100n === 0n ? "" : `.${String(bps % 100n).padStart(2, "0")}`} %`;

function checkStreams(streams: readonly string[]): void {
  const seen = new Set<string>();
  for (const stream of streams) {
    if (!REVENUE_STREAMS.some((known) => known === stream)) {
      throw new ProjectionError(
        "unknown_stream",
        `There is no stream of that name; there are ${REVENUE_STREAMS.join(", ")}.`,
      );
    }
    if (seen.has(stream)) throw new ProjectionError("stream_repeated", `The stream ${stream} is named twice.`);
    seen.add(stream);
  }
}

/** ⌊amount · base · growth^month⌋, rounded once: base and growth are fractions of whole numbers, so the product is exact. */
function streamMonthWei(amountWei: bigint, { baseBps, growthBps }: StreamAssumption, month: number): bigint {
  const power = BigInt(month);
  return (amountWei * baseBps * growthBps ** power) / (BPS * BPS ** power);
}

function sentencesOf(streams: readonly RevenueStreamName[]): string[] {
  const lines = streams.map((stream) => {
    const { baseBps, growthBps } = STREAM_ASSUMPTIONS[stream];
    return `${stream}: ${percent(baseBps)} of the amount in month 0, and ${percent(growthBps - BPS)} more each month.`;
  });
  return [
    "This is a simulation. Its rates are assumed, not measured, and compound to figures that no one should take for a promise.",
    ...lines,
    "Revenue is not staked again, and the price of FAR does not enter.",
  ];
}

/**
 * What a stake would bring if the assumed rates held: for month m, Σ over the enabled streams of amount · base · growth^m, and the running
 * sum. Exact to the wei: each stream's month is rounded down once, sums are of what was rounded.
 * @throws ProjectionError `amount_out_of_bounds`, `period_out_of_bounds`, `unknown_stream`, `stream_repeated`
 * @example
 * projectRevenue({ amountWei: 10_000n * 10n ** 18n, months: 12 }).points.at(-1)?.cumulativeWei;
 */
export function projectRevenue(input: ProjectionInput = {}): Projection {
  const { amountWei = DEFAULT_AMOUNT_WEI, months = 12, streams = DEFAULT_STREAMS } = input;
  checkAmount(amountWei);
  checkPeriod(months, { max: MONTHS_MAX, unit: "months" });
  checkStreams(streams);
  const points: ProjectionPoint[] = [];
  let cumulativeWei = 0n;
  for (let month = 0; month <= months; month += 1) {
    const parts = streams.map((s) => [s, streamMonthWei(amountWei, STREAM_ASSUMPTIONS[s], month)] as const);
    const monthlyWei = parts.reduce((sum, [, wei]) => sum + wei, 0n);
    cumulativeWei += monthlyWei;
    points.push({
      ...{ month, byStream: Object.fromEntries(parts), monthlyWei, cumulativeWei },
      roiPpm: (cumulativeWei * PPM) / amountWei,
    });
  }
  const assumed = streams.map((stream) => ({ stream, ...STREAM_ASSUMPTIONS[stream] }));
  return {
    simulation: true,
    assumptions: { amountWei, months, streams: assumed, sentences: sentencesOf(streams) },
    points,
  };
}
