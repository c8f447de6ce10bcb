import { z } from "zod";

/** Settings of the database. */
export const pgConfig = z.object({
  /** `postgres://user:password@host:port/database`. Unset under `./far up`: the embedded one. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must be a postgres:// URL")
    .optional(),
  /** Connections of one process at most. */
  DATABASE_POOL_MAX: z.coerce.number().int().min(1).default(20),
  /** Longest statement, ms. */
  DATABASE_STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(1).default(30_000),
});
