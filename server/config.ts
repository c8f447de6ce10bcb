import { z } from "zod";
import { crashPoints } from "#settlement";

/** Elsewhere than on this machine only over TLS, or where a person has said that the network between is trusted. */
function isPrivate(text: string): boolean {
  const url = new URL(text);
  const loopback = ["127.0.0.1", "localhost", "[::1]", ""].includes(url.hostname);
  const encrypted =
    url.protocol === "https:" ||
    ["require", "verify-ca", "verify-full"].includes(url.searchParams.get("sslmode") ?? "");
  return loopback || encrypted;
}

const backend = (text: string, plainAllowed: boolean): boolean =>
  plainAllowed || !URL.canParse(text) || isPrivate(text);
const PLAIN_REFUSED =
  "is plain and leaves this machine: use TLS (sslmode=require, https), or set ALLOW_PLAIN_BACKENDS=1 where the network between is trusted";
const plain = { ALLOW_PLAIN_BACKENDS: z.stringbool().default(false) };

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "must be a 0x address of 40 hex digits")
  .transform((a) => a as `0x${string}`);

/** Settings of the process itself; each module has its own slice beside its code. */
export const processConfig = z
  .object({
    ...plain,
    /** PostgreSQL; migrations run as its user, serving as the role far_server. */
    DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "must be a postgres:// URL"),
    /** Which edges listen and which jobs run: a row of services.ts. */
    SERVICE_NAME: z.string().default("all"),
    NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
    /** Where the process kills itself, for tests of recovery: a crash point of settlement. */
    CRASH_AT: z.enum(crashPoints).optional(),
  })
  .refine((c) => c.CRASH_AT === undefined || c.NODE_ENV !== "production", {
    path: ["CRASH_AT"],
    message: "is for tests only; unset it in production",
  })
  .refine((c) => backend(c.DATABASE_URL, c.ALLOW_PLAIN_BACKENDS), { path: ["DATABASE_URL"], message: PLAIN_REFUSED });
export type ProcessConfig = z.infer<typeof processConfig>;

const privateKey = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "must be 0x and 64 hex digits")
  .transform((k) => k as `0x${string}`);

export const chainConfig = z
  .object({
    ...plain,
    /** JSON-RPC of a BSC-compatible chain. */
    BSC_RPC_URL: z.url({ protocol: /^https?$/ }),
    CHAIN_ID: z.coerce.number().int().min(1).default(31_337),
    FAR_TOKEN_ADDRESS: address,
    INFERENCE_PAYMENT_ADDRESS: address,
    PRICE_FEED_ADDRESS: address,
    NODE_REGISTRY_ADDRESS: address,
    STAKING_ADDRESS: address,
    /** Key that settles epochs and rates nodes; holds the role ORACLE and some gas. */
    ORACLE_PRIVATE_KEY: privateKey,
    /** Key that signs vouchers and receipts; holds the role SIGNER, sends nothing and needs no gas. */
    SIGNER_PRIVATE_KEY: privateKey,
    /** Key that proposes slashes and fetches the stakers' revenue; holds the role SLASHER and some gas. */
    SLASHER_PRIVATE_KEY: privateKey,
  })
  .refine((c) => backend(c.BSC_RPC_URL, c.ALLOW_PLAIN_BACKENDS), { path: ["BSC_RPC_URL"], message: PLAIN_REFUSED });
export type ChainConfig = z.infer<typeof chainConfig>;
