import type { NoRateReason } from "@farlabs/protocol";
import { LOCK_WEIGHT_BPS } from "../staking.ts";

const YEAR_S = 31_536_000n;
const PPM = 1_000_000n;
const BPS = 10_000n;

/** What happened in a span; sums over time are amounts times seconds. */
export interface Span {
  /** Arrivals in it, without the one that opens it. */
  epochs: number;
  revenueWei: bigint;
  spanS: number;
  stakeSeconds: bigint;
  weightSeconds: bigint;
}

export type Realised =
  | { apyPpm: bigint; byLockPpm: Readonly<Record<string, bigint>>; reason: null }
  | { apyPpm: null; byLockPpm: null; reason: NoRateReason };

const none = (reason: NoRateReason): Realised => ({ apyPpm: null, byLockPpm: null, reason });

/** The yearly rate that a span's revenue comes to, rounded down. It says what was, never what will be. */
export function realisedRate(span: Span, spanSMin: number): Realised {
  if (span.epochs === 0) return none("too_few_epochs");
  if (span.spanS < spanSMin) return none("too_short");
  if (span.stakeSeconds === 0n || span.weightSeconds === 0n) return none("nothing_staked");
  const yearly = span.revenueWei * YEAR_S * PPM;
  const byLock = Object.entries(LOCK_WEIGHT_BPS).map(
    ([days, bps]) => [days, (yearly * bps) / (span.weightSeconds * BPS)] as const,
  );
  return { apyPpm: yearly / span.stakeSeconds, byLockPpm: Object.fromEntries(byLock), reason: null };
}
