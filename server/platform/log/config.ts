import { z } from "zod";

export const logConfig = z.object({
  /** Least level that is written. */
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});
