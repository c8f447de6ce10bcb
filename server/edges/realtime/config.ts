import { z } from "zod";

export const realtimeConfig = z.object({
  /** Port of the Socket.IO edge. */
  REALTIME_PORT: z.coerce.number().int().min(0).max(65_535).default(3001),
  /** Sockets one address may hold; behind a proxy of ours the address is the client's. */
  REALTIME_SOCKETS_PER_IP_MAX: z.coerce.number().int().min(1).default(256),
});
export type RealtimeConfig = z.infer<typeof realtimeConfig>;
