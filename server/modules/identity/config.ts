import { z } from "zod";

const SECRET_BYTES_MIN = 32;
const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** Read from the environment; the only file of this module that knows the names. */
export const identityConfig = z
  .object({
    NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
    /** Encrypts the signing keys and the accounts' data keys. Whoever changes it loses both: keep it with the database's backups. */
    JWT_SECRET: z
      .string()
      .refine((text) => Buffer.byteLength(text) >= SECRET_BYTES_MIN, `must be at least ${SECRET_BYTES_MIN} bytes`),
    /** Full rights on a local network, for `./far up`; refused in production. */
    ADMIN_TOKEN: z.string().min(SECRET_BYTES_MIN).optional(),
    /** Where the web is; its host is the domain of sign-in messages. */
    FRONTEND_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:3000"),
    /** Chain whose wallets sign in. */
    CHAIN_ID: count(31_337),
    /** `live` or `test`: the kind of API keys made here. By default `test` unless in production. */
    API_KEY_MODE: z.enum(["live", "test"]).optional(),
    /** Requests a minute and running tasks of an account that has no numbers of its own. */
    ACCOUNT_RATE_PER_MIN: count(600),
    ACCOUNT_CONCURRENCY_MAX: count(256),
    /** API keys of one account that are neither revoked nor expired. */
    ACCOUNT_KEYS_MAX: count(100),
  })
  .superRefine((config, context) => {
    if (config.NODE_ENV !== "production") return;
    const refuse = (field: string, message: string): void => {
      context.addIssue({ code: "custom", path: [field], message });
    };
    if (config.ADMIN_TOKEN !== undefined) refuse("ADMIN_TOKEN", "is for local networks only; unset it in production");
    // `./far up` marks what it generates; a secret from a laptop must not sign for everybody.
    if (config.JWT_SECRET.startsWith("dev-"))
      refuse("JWT_SECRET", "is a development secret; set your own in production");
  });
export type IdentityConfig = z.infer<typeof identityConfig>;
