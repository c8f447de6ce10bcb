const BPS = 10_000n;
const HOUR_MS = 3_600_000;
export const BACKLOG_HOURS = 12;

export interface CapacityInput {
  /** Users' balances and the treasury's, on chain. */
  movableWei: bigint;
  epochCapBps: number;
  dayCapBps: number;
  /** What epochs of this UTC day have declared, funded or not. */
  movedTodayWei: bigint;
  epochIntervalMs: number;
  nowMs: number;
}

/**
 * What the caps settle in the next 12 h at the movable balance of now: as many epochs as fit, but no more than today's remainder and, if
 * midnight UTC falls into it, a fresh day's share.
 */
export function settleable12h(input: CapacityInput): bigint {
  const hoursMs = BACKLOG_HOURS * HOUR_MS;
  const epochs = BigInt(Math.max(1, Math.floor(hoursMs / input.epochIntervalMs)));
  const byEpochs = ((input.movableWei * BigInt(input.epochCapBps)) / BPS) * epochs;
  if (BigInt(input.dayCapBps) === BPS) return byEpochs;
  const dayWei = (input.movableWei * BigInt(input.dayCapBps)) / BPS;
  const leftTodayWei = dayWei > input.movedTodayWei ? dayWei - input.movedTodayWei : 0n;
  const untilMidnightMs = 24 * HOUR_MS - (input.nowMs % (24 * HOUR_MS));
  const byDays = leftTodayWei + (untilMidnightMs <= hoursMs ? dayWei : 0n);
  return byEpochs < byDays ? byEpochs : byDays;
}
