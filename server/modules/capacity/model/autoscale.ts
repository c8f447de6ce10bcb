/** How many nodes the network should gain or give up for what it is asked to do. Pure. */

export interface Load {
  slotsUsed: number;
  slotsTotal: number;
  /** Tasks waiting for a slot. */
  pending: number;
}

export interface Signal {
  /** 0–1; what waits counts as used, so a full network with a queue is at 1. */
  utilisation: number;
  /** Nodes to add, or to give up where negative. */
  change: number;
}

/** Under 30 % two nodes fewer, to 70 % as it is, above four more, above 90 % eight more. Without a slot but with work waiting: eight more. */
export function signalOf({ slotsUsed, slotsTotal, pending }: Load): Signal {
  const wanted = slotsUsed + pending;
  if (slotsTotal === 0) return { utilisation: wanted > 0 ? 1 : 0, change: wanted > 0 ? 8 : 0 };
  const utilisation = Math.min(1, wanted / slotsTotal);
  if (utilisation > 0.9) return { utilisation, change: 8 };
  if (utilisation > 0.7) return { utilisation, change: 4 };
  return { utilisation, change: utilisation < 0.3 ? -2 : 0 };
}

/** A signal and since when (ms) it says the same. */
export interface Held {
  signal: Signal;
  sinceMs: number;
  /** The change that was last told to whoever provisions. */
  told: number;
}

/**
 * A change is told once it has stood for `holdMs`, so that a burst of a few seconds starts no machines; the return to "as it is" is told too.
 * @returns the new state, and the change to tell or null
 */
export function hold(
  before: Held | null,
  signal: Signal,
  nowMs: number,
  holdMs: number,
): { held: Held; tell: number | null } {
  const same = before !== null && before.signal.change === signal.change;
  const sinceMs = same ? before.sinceMs : nowMs;
  const told = before?.told ?? 0;
  const due = signal.change !== told && nowMs - sinceMs >= holdMs;
  return { held: { signal, sinceMs, told: due ? signal.change : told }, tell: due ? signal.change : null };
}
