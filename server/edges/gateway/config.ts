import { z } from "zod";

/** Read from the environment; the only file of the gateway that knows the names. */
export const gatewayConfig = z.object({
  /** Port of the API. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8_080),
  /** Address to bind to. Loopback unless a deployment puts TLS in front. */
  HOST: z.string().default("127.0.0.1"),
  /** The web's origin: the only one that browsers may call from with credentials. */
  FRONTEND_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:3000"),
  /** Where the API is reached from outside, for links; by default where it listens. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Proxies to believe: a hop count, or addresses and CIDRs with commas between. Unset: `x-forwarded-for` is ignored. */
  TRUST_PROXY: z
    .string()
    .optional()
    .transform((text) => {
      if (text === undefined || text === "") return undefined;
      return /^\d+$/.test(text) ? Number(text) : text.split(",").map((part) => part.trim());
    }),
  /** Requests a minute from one address over all routes; 0 turns it off. */
  RATE_IP_PER_MIN: z.coerce.number().int().min(0).default(30_000),
  /** Requests a minute with credentials that were refused, from one address. */
  RATE_REFUSED_PER_MIN: z.coerce.number().int().min(1).default(120),
});
export type GatewayConfig = z.infer<typeof gatewayConfig>;
