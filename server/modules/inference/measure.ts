import type { LiveOffer } from "#nodes";
import type { LiveAttempt } from "./live.ts";

/** How much the newest measurement moves an offer's numbers. */
const WEIGHT = 0.2;
/** Shorter answers say nothing about speed. */
const TOKENS_MIN = 8;

/** @param waitedMs From the assignment to the first output. */
export function measureFirstToken(offer: LiveOffer, waitedMs: number): void {
  offer.firstTokenMs += WEIGHT * (waitedMs - offer.firstTokenMs);
}

/**
 * Tokens a second from what was seen here, over the whole attempt, since a short answer may arrive in one burst; the claim only scales it and
 * cannot exceed one token per byte.
 */
export function measureSpeed({ offer, bytes, startedMs, lastChunkMs }: LiveAttempt, claimedTokens: number): void {
  const tokens = Math.min(claimedTokens, bytes);
  const tookMs = lastChunkMs - startedMs;
  if (tokens < TOKENS_MIN || tookMs <= 0) return;
  const speed = (1000 * tokens) / tookMs;
  const known = offer.tokensPerSecond;
  offer.tokensPerSecond = known === 0 ? speed : known + WEIGHT * (speed - known);
}
