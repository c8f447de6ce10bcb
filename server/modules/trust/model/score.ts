/**
 * The hourly score of a node: `score' = 0.7·score + 10·uptime + 10·speed + 10·accuracy`, each factor in 0 … 1, the score in 0 … 100.
 *
 * A factor that was not measured in the hour counts as score / 100, so that an hour without any measurement changes nothing. Drain and
 * maintenance are excused: they count neither for nor against. All of it is computed in whole numbers (score in hundredths, factors in
 * ten-thousandths), so that anyone who recomputes it from the published inputs gets the same digits.
 */

export const SCORE_FIRST = 80;

/** What was measured of one node in one UTC hour. Times in ms. */
export interface HourMeasures {
  onlineMs: number;
  /** Connected, but draining or in maintenance; or absent after having said so. */
  excusedMs: number;
  absentMs: number;
  /** Time that the finished work takes at the model's expected speed, and the time that it took. */
  expectedMs: number;
  actualMs: number;
  /** Checks that were decided in the hour, and those of them that count against the node. */
  checks: number;
  against: number;
}

/** Each in 0 … 1 with four decimals, or null where nothing was measured. */
export interface Factors {
  uptime: number | null;
  speed: number | null;
  accuracy: number | null;
}

export const NOTHING_MEASURED: HourMeasures = {
  onlineMs: 0,
  excusedMs: 0,
  absentMs: 0,
  expectedMs: 0,
  actualMs: 0,
  checks: 0,
  against: 0,
};

const share = (part: number, whole: number): number | null =>
  whole > 0 ? Math.round(10_000 * Math.min(1, Math.max(0, part / whole))) / 10_000 : null;

/** The factors of an hour; rounded here, once, to the digits that are published. */
export function factorsOf(m: HourMeasures): Factors {
  return {
    uptime: share(m.onlineMs, m.onlineMs + m.absentMs),
    speed: share(m.expectedMs, m.actualMs),
    accuracy: share(m.checks - m.against, m.checks),
  };
}

/** The score after an hour, two decimals. `score` is the one before, 0 … 100. */
export function nextScore(score: number, factors: Factors): number {
  const before = Math.min(10_000, Math.max(0, Math.round(score * 100)));
  // Points of a factor are 10·f; in hundredths of a point a tenth of its ten-thousandths.
  const points = (factor: number | null): number =>
    factor === null ? before : Math.round(10_000 * Math.min(1, Math.max(0, factor)));
  const tenths = 7 * before + points(factors.uptime) + points(factors.speed) + points(factors.accuracy);
  return Math.round(tenths / 10) / 100;
}
