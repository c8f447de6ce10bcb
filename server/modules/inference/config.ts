import { z } from "zod";

const ms = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

export const inferenceConfig = z.object({
  /** First token of an attempt: this, plus the time its prompt takes at the node's speed. */
  FIRST_TOKEN_MS: ms(15_000),
  /** Longest silence inside a stream before another node goes on. */
  IDLE_MS: ms(15_000),
  /** No token from anybody in this time is a 504. */
  NO_TOKEN_MS: ms(120_000),
  /** Longest life of a task; what was delivered until then is the answer. */
  OVERALL_MS: ms(1_800_000),
  /** How long a lost socket may take to come back when another node could go on, and when none could. */
  RESUME_MS: ms(2_000),
  RESUME_ALONE_MS: ms(8_000),
  /** Tasks waiting for a slot, per model. */
  QUEUE_MAX: z.coerce.number().int().min(1).default(4_096),
  /** Nodes tried for one task. */
  ATTEMPTS_MAX: z.coerce.number().int().min(1).default(4),
});
export type InferenceConfig = z.infer<typeof inferenceConfig>;
