import { z } from "zod";

export const nodelinkConfig = z.object({
  /** Name that agents sign; two networks never accept each other's signatures. */
  NETWORK_NAME: z.string().min(1).max(64).default("far-local"),
  /** Sockets one address may hold. */
  NODELINK_SOCKETS_PER_IP_MAX: z.coerce.number().int().min(1).default(1_024),
});
export type NodelinkConfig = z.infer<typeof nodelinkConfig>;
