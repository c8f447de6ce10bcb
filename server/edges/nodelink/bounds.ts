import type { Clock } from "#kernel";

/** A bucket that fills by `perS` a second up to `burst`, and from which is taken what is used. */
function createBucket(clock: Clock, { perS, burst }: { perS: number; burst: number }) {
  let held = burst;
  let atMs = clock.monotonic();
  /** What is left after taking `amount`; negative when too much was taken. */
  return (amount: number): number => {
    const nowMs = clock.monotonic();
    held = Math.min(burst, held + ((nowMs - atMs) * perS) / 1000) - amount;
    atMs = nowMs;
    return held;
  };
}

/** A thousand streams of a hundred tokens a second are below it; reading and checking a second's worth takes the server a fraction of it. */
const BYTES = { perS: 16 * 1_048_576, burst: 32 * 1_048_576 };
/** Heartbeats come every 10 s; offers and states when an operator or an engine changes something. */
const CONTROL = { perS: 1, burst: 20 };
/** Frames of tasks that ended while they were under way. */
const STRAY = { perS: 200, burst: 4_000 };

/** Each costs a signature's check, a millisecond or two. */
const ROOTS = { perS: 1, burst: 5 };

/** How much one socket may ask of the server. */
export function createBounds(clock: Clock) {
  const bytes = createBucket(clock, BYTES);
  const control = createBucket(clock, CONTROL);
  const stray = createBucket(clock, STRAY);
  const root = createBucket(clock, ROOTS);
  return {
    /** @returns for how long nothing more should be read, ms; 0 mostly */
    read: (length: number): number => Math.max(0, (-bytes(length) * 1000) / BYTES.perS),
    mayRoot: (): boolean => root(1) >= 0,
    mayControl: (): boolean => control(1) >= 0,
    mayStray: (): boolean => stray(1) >= 0,
  };
}
