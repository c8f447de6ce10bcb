import { z } from "zod";

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "must be a 0x address of 40 hex digits")
  .transform((a) => a as `0x${string}`);

/** Settings of the process itself; each module has its own slice beside its code. */
export const processConfig = z.object({
  /** PostgreSQL; migrations run as its user, serving as the role far_server. */
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "must be a postgres:// URL"),
  /** Which edges listen and which jobs run: a row of services.ts. */
  SERVICE_NAME: z.string().default("all"),
});
export type ProcessConfig = z.infer<typeof processConfig>;

export const chainConfig = z.object({
  /** JSON-RPC of a BSC-compatible chain. */
  BSC_RPC_URL: z.url({ protocol: /^https?$/ }),
  CHAIN_ID: z.coerce.number().int().min(1).default(31_337),
  FAR_TOKEN_ADDRESS: address,
  INFERENCE_PAYMENT_ADDRESS: address,
  PRICE_FEED_ADDRESS: address,
  /** Key that settles epochs; holds the role ORACLE and some gas. */
  ORACLE_PRIVATE_KEY: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, "must be 0x and 64 hex digits")
    .transform((k) => k as `0x${string}`),
});
export type ChainConfig = z.infer<typeof chainConfig>;
