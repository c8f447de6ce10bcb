import type { Clock } from "#kernel";
import type { LiveOffer } from "#nodes";
import type { AttemptEnd } from "./live.ts";

const LEVEL_MAX = 7;
/** A level is forgotten in this time, so that a node that was mended is tried again. */
const FORGET_MS = 20_000;

/** Ends that are the node's doing; a refusal for want of room, or of a request, is not. */
const ITS_OWN: ReadonlySet<AttemptEnd> = new Set([
  "node_lost",
  "first_token_timeout",
  "idle_timeout",
  "protocol_violation",
  "engine_error",
  "engine_unavailable",
  "engine_truncated",
]);

/**
 * What failed lately on which offer. Without it a node that fails at once, or never answers, always looks free and fast, and every task
 * is sent there first. In memory and per process: reliability over hours is the score's matter.
 */
export function createTrouble(clock: Pick<Clock, "monotonic">) {
  const levels = new WeakMap<LiveOffer, { level: number; atMs: number }>();

  function level(offer: LiveOffer): number {
    const noted = levels.get(offer);
    return noted === undefined ? 0 : Math.max(0, noted.level - (clock.monotonic() - noted.atMs) / FORGET_MS);
  }

  return {
    note(offer: LiveOffer, end: AttemptEnd): void {
      if (end === "delivered") levels.delete(offer);
      else if (ITS_OWN.has(end))
        levels.set(offer, { level: Math.min(LEVEL_MAX, level(offer) + 1), atMs: clock.monotonic() });
    },
    /** Time that is expected to be lost there, ms: 1 s after one failure, doubling with each to 2 minutes. */
    lostMs: (offer: LiveOffer): number => (2 ** level(offer) - 1) * 1_000,
  };
}
