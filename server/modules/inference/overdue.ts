import { coded, type FarError } from "#kernel";
import type { InferenceConfig } from "./config.ts";
import { type AttemptEnd, deliveredBytes, type LiveAttempt, type LiveTask } from "./live.ts";

export interface OverdueAt {
  /** Monotonic ms. */
  now: number;
  config: Pick<InferenceConfig, "RESUME_MS" | "RESUME_ALONE_MS" | "FIRST_TOKEN_MS" | "IDLE_MS">;
  /** Whether another node could take the task. */
  elsewhere: () => boolean;
}

/** Why an attempt is to be given up now, or null: its socket is gone too long, its first output is late, or it fell silent. */
export function overdueOf(
  task: LiveTask,
  attempt: LiveAttempt,
  { now, config, elsewhere }: OverdueAt,
): { why: AttemptEnd; failure: FarError } | null {
  if (attempt.detachedMs !== null) {
    const graceMs = elsewhere() ? config.RESUME_MS : config.RESUME_ALONE_MS;
    if (now - attempt.detachedMs <= graceMs) return null;
    return { why: "node_lost", failure: coded("node_failed", { internal: "socket lost" }) };
  }
  if (attempt.firstChunkMs === null) {
    const speed = Math.max(attempt.offer.tokensPerSecond || task.model.tokensPerSecond, 1);
    const limitMs = config.FIRST_TOKEN_MS + (1000 * (task.promptTokens + deliveredBytes(task) / 3)) / speed;
    if (now - attempt.startedMs <= limitMs) return null;
    return { why: "first_token_timeout", failure: coded("no_token_in_time", { internal: "first token" }) };
  }
  if (now - attempt.lastChunkMs <= config.IDLE_MS) return null;
  return { why: "idle_timeout", failure: coded("node_lost", { internal: "idle" }) };
}
