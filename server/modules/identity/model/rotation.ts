/**
 * A session's refresh tokens form generations; `current` counts the rotations done.
 * - current, unused → `rotate`: the next generation begins.
 * - one behind, within the grace → `sibling`: another token of the current generation (two tabs, or an answer that was lost).
 * - anything older → `reuse`: somebody holds a copy; the family ends.
 * - revoked or expired → `refuse`.
 */
export const GRACE_MS = 10_000;

export interface RotationInput {
  presented: number;
  current: number;
  rotatedAtMs: number;
  expiresAtMs: number;
  revoked: boolean;
  nowMs: number;
}

export function decideRotation(p: RotationInput): "rotate" | "sibling" | "reuse" | "refuse" {
  if (p.revoked || p.nowMs >= p.expiresAtMs) return "refuse";
  if (p.presented === p.current) return "rotate";
  if (p.presented === p.current - 1 && p.nowMs - p.rotatedAtMs <= GRACE_MS) return "sibling";
  return "reuse";
}
