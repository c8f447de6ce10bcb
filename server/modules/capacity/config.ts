import { z } from "zod";

function isEncrypted(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
}

export const capacityConfig = z.object({
  /** Where to tell that nodes are wanted or may go; without it the signal is only shown. */
  AUTOSCALE_WEBHOOK_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isEncrypted, "must be https, or http to this machine")
    .optional(),
  /** Shared secret of that webhook, base64 after `whsec_`; signs as Standard Webhooks do. */
  AUTOSCALE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/=]{32,}$/, "must be whsec_ and at least 24 bytes of base64")
    .optional(),
  /** Seconds a signal has to stand before it is told. */
  AUTOSCALE_HOLD_S: z.coerce.number().int().min(0).max(86_400).default(60),
});
export type CapacityConfig = z.infer<typeof capacityConfig>;
